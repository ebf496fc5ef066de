import { daysBetween, type MarketDate, usdToNumber } from '@trading-agent/core';
import type { StrategyBook, StrategyName, StrategySettings } from '@trading-agent/config';
import { type Candidate, type NoCandidate, type PlannedLeg, candidate, isCandidate } from './candidate.ts';
import type { ChainView, QuotedContract } from './chain-view.ts';
import type { View } from './view.ts';

export type LegSettings = StrategySettings['legs'][number];
/** Absolute delta of a leg. */
export type DeltaRange = StrategySettings['delta'];

/** Choices of one leg, and combinations of one expiry, that are looked at. */
const CHOICES = 8;
const COMBINATIONS = 96;
/** Entry expiries that are tried, nearest first. */
const EXPIRIES = 3;
/** A leg whose spread is beyond this part of its midpoint, and beyond ten cents, is not traded. */
const WIDEST_SPREAD = 0.5;
const NARROW_SPREAD = 0.1;

/** What one unit may be: dollars, and what else the caller demands. */
export type Fits = (candidate: Candidate) => boolean;

/** The strategies whose `when` holds for the view, in the order of the book. */
export function structuresFor(view: View, book: StrategyBook): readonly StrategyName[] {
  return Object.keys(book).filter((name) => {
    const settings = book[name];
    if (settings === undefined || !settings.enabled) return false;
    const { direction, conviction, volatility, term } = settings.when;
    return (
      direction.includes(view.direction) &&
      conviction.includes(view.conviction) &&
      volatility.includes(view.volatility) &&
      term.includes(view.term)
    );
  });
}

/**
 * Builds a strategy from a chain as it stands: per entry expiry the combination nearest to its settings that fits, or, where none does, the
 * nearest one for risk to refuse with its number. At most `EXPIRIES` of them, or one reason why there is none.
 * @param fits by default everything does
 */
export function buildStructures(
  strategy: StrategyName,
  chain: ChainView,
  settings: StrategySettings,
  fits: Fits = () => true,
): readonly [Candidate, ...Candidate[]] | NoCandidate {
  const found: Candidate[] = [];
  const none = forEachExpiry(strategy, chain, settings, (combinations) => {
    let first: Candidate | null = null;
    for (const built of combinations) {
      first ??= built;
      if (!fits(built)) continue;
      first = built;
      break;
    }
    if (first !== null) found.push(first);
    return found.length < EXPIRIES;
  });
  const [first, ...rest] = found;
  return first === undefined ? none : [first, ...rest];
}

/** The first of `buildStructures` whose loss is within `budget` dollars. */
export function buildStructure(
  strategy: StrategyName,
  chain: ChainView,
  settings: StrategySettings,
  budget: number,
): Candidate | NoCandidate {
  const built = buildStructures(strategy, chain, settings, (one) => usdToNumber(one.maxLossPerUnit) <= budget);
  return 'reason' in built ? built : built[0];
}

/**
 * Visits every combination that is looked at, of all entry expiries, the nearest to the settings first, until `visit` has seen enough.
 * @param visit returns false to end
 * @returns why there is none, when there is none
 */
export function visitCombinations(
  strategy: StrategyName,
  chain: ChainView,
  settings: StrategySettings,
  visit: (candidate: Candidate) => boolean,
): NoCandidate | null {
  let expiries = 0;
  const none = forEachExpiry(strategy, chain, settings, (combinations) => {
    let found = false;
    for (const one of combinations) {
      found = true;
      if (!visit(one)) {
        expiries = EXPIRIES;
        break;
      }
    }
    if (found && expiries < EXPIRIES) expiries++;
    return expiries < EXPIRIES;
  });
  return expiries === 0 ? none : null;
}

function forEachExpiry(
  strategy: StrategyName,
  chain: ChainView,
  settings: StrategySettings,
  take: (combinations: Iterable<Candidate>) => boolean,
): NoCandidate {
  if (!settings.enabled) return { strategy, reason: 'disabled' };
  if (settings.shares > 0 && chain.shares < settings.shares) return { strategy, reason: 'no-shares' };
  const none: { reason: NoCandidate['reason'] } = { reason: 'no-expiry' };
  for (const near of entryExpiries(chain, settings)) {
    const far = farExpiry(chain, settings, near);
    if (far === null) continue;
    if (!take(combinationsOf(strategy, chain, settings, { near, far }, none))) break;
  }
  return { strategy, reason: none.reason };
}

/**
 * Expiries within the strategy's days to expiry, nearest first. Those that its own expiry exit would leave at once are left out: opening
 * them would only pay the spread, again and again.
 */
function entryExpiries(chain: ChainView, { dte, exit }: StrategySettings): readonly MarketDate[] {
  return chain.expiries({ min: Math.max(dte.min, exit.minDte + 1), max: dte.max });
}

/** The nearest expiry far enough behind; the near one itself where no leg asks for it. */
function farExpiry(chain: ChainView, { legs, farDays }: StrategySettings, near: MarketDate): MarketDate | null {
  if (!legs.some(({ expiry }) => expiry === 'far')) return near;
  const days = daysBetween(chain.date, near);
  return chain.expiries({ min: days + farDays.min, max: days + farDays.max })[0] ?? null;
}

/** Depth first: the nearest choice of each leg comes first, the last leg varies fastest. */
function* combinationsOf(
  strategy: StrategyName,
  chain: ChainView,
  settings: StrategySettings,
  expiries: { readonly near: MarketDate; readonly far: MarketDate },
  none: { reason: NoCandidate['reason'] },
): Generator<Candidate> {
  none.reason = 'no-contract-at-delta';
  let looked = 0;
  function* extend(planned: readonly PlannedLeg[]): Generator<Candidate> {
    const leg = settings.legs[planned.length];
    if (leg === undefined) {
      looked++;
      const built = candidate(strategy, chain.underlying, planned, settings.shares);
      if (isCandidate(built)) yield built;
      else none.reason = built.reason;
      return;
    }
    const choices = choicesFor(leg, chain, settings, expiries, planned);
    if (choices.length === 0 && leg.at !== 'delta') none.reason = 'no-wing';
    for (const quoted of choices) {
      if (looked >= COMBINATIONS) return;
      yield* extend([...planned, { quoted, side: leg.side, ratio: leg.ratio }]);
    }
  }
  yield* extend([]);
}

function choicesFor(
  leg: LegSettings,
  chain: ChainView,
  settings: StrategySettings,
  expiries: { readonly near: MarketDate; readonly far: MarketDate },
  planned: readonly PlannedLeg[],
): readonly QuotedContract[] {
  const contracts = chain.side(expiries[leg.expiry], leg.right).filter(isLiquid);
  if (leg.at === 'delta') {
    const range = leg.delta ?? settings.delta;
    return nearestDeltas(contracts, range).filter(
      (quoted) => !crosses(leg, quoted, settings.legs, planned, expiries.near === expiries.far),
    );
  }
  const from = planned[leg.of]?.quoted;
  if (from === undefined) return [];
  if (leg.at === 'same') return contracts.filter(({ contract }) => contract.strike === from.contract.strike);
  // Farther out of the money is up for calls, down for puts.
  const direction = (leg.right === 'call') === leg.steps > 0 ? 1 : -1;
  return wings(contracts, from, direction, Math.abs(leg.steps) * settings.width * chain.spot);
}

/** A put chosen by delta lies below every call that was chosen by delta before it, a call above every put: strangles and condors stay open. */
function crosses(
  leg: LegSettings,
  quoted: QuotedContract,
  legs: readonly LegSettings[],
  planned: readonly PlannedLeg[],
  oneExpiry: boolean,
): boolean {
  if (!oneExpiry) return false;
  return planned.some(({ quoted: other }, index) => {
    const before = legs[index];
    if (before === undefined || before.at !== 'delta' || before.right === leg.right) return false;
    return leg.right === 'call'
      ? quoted.contract.strike <= other.contract.strike
      : quoted.contract.strike >= other.contract.strike;
  });
}

function isLiquid({ bid, ask, mid }: QuotedContract): boolean {
  const spread = ask - bid;
  return spread <= NARROW_SPREAD + 1e-9 || spread <= WIDEST_SPREAD * mid;
}

/** Contracts within the range of absolute deltas, nearest the target first; the lower strike wins a tie. */
function nearestDeltas(contracts: readonly QuotedContract[], range: DeltaRange): readonly QuotedContract[] {
  return contracts
    .map((quoted) => ({ quoted, delta: Math.abs(quoted.delta) }))
    .filter(({ delta }) => delta >= range.min && delta <= range.max)
    .sort(
      (a, b) =>
        Math.abs(a.delta - range.target) - Math.abs(b.delta - range.target) ||
        a.quoted.contract.strike - b.quoted.contract.strike,
    )
    .slice(0, CHOICES)
    .map(({ quoted }) => quoted);
}

/**
 * Quoted contracts beyond `from` in the direction given, nearest the wanted distance first and never farther than twice of it.
 * @param distance dollars, positive
 */
function wings(
  contracts: readonly QuotedContract[],
  from: QuotedContract,
  direction: 1 | -1,
  distance: number,
): readonly QuotedContract[] {
  return contracts
    .map((quoted) => ({ quoted, away: (quoted.contract.strike - from.contract.strike) * direction }))
    .filter(({ away }) => away > 0 && away <= 2 * distance)
    .sort((a, b) => Math.abs(a.away - distance) - Math.abs(b.away - distance) || a.away - b.away)
    .slice(0, CHOICES)
    .map(({ quoted }) => quoted);
}
