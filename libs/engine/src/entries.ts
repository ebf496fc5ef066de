import { selectSymbols } from '@trading-agent/account-tiers';
import {
  daysBetween,
  deriveUuid,
  type MarketDate,
  type Micros,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  usdToNumber,
} from '@trading-agent/core';
import type { RuleCheck } from '@trading-agent/broker';
import { type Order, sideOf } from '@trading-agent/instruments';
import { volatilityRank } from '@trading-agent/pricing';
import { evaluateOpening, type RiskContext } from '@trading-agent/risk';
import {
  ChainView,
  describeView,
  type RankedCandidate,
  type RankingOptions,
  rankStructures,
  type SizeLimits,
  unitsOf,
  type View,
  viewOf,
  wheelAllows,
} from '@trading-agent/strategies';
import { type EngineConfig, reachOf } from './config.ts';
import { describeGap } from './data-gaps.ts';
import type { CandidateRecord, Decision, Reason } from './decisions.ts';
import { riskContext, tierOf } from './risk-view.ts';
import { type EngineState, reliableQuote, type UnderlyingState } from './state.ts';
import { newStructure, type StructurePosition, unitsAtRisk } from './structure-position.ts';

/** Candidates that a decision record keeps. */
const RECORDED = 12;
/** How many of the ranked candidates risk is asked about in one turn. */
const ASKED = 6;
/** What one of these refuses it refuses for every structure of the symbol: the next candidate need not be asked about. */
const REFUSE_ALL: ReadonlySet<string> = new Set([
  'halted',
  'account-tradable',
  'session-hours',
  'day-trading',
  'daily-loss',
  'cooldown',
  'stop-loss-guard',
  'drawdown-lock',
  'low-profit-lock',
  'volatility-halt',
  'max-positions',
  'correlation',
  'order-burst',
  'order-rate',
]);
/** An expiry is later, for the term structure, when it is at least this many days behind. */
const TERM_DAYS = 14;

/** Looks at every underlying whose turn it is and opens at most one structure for each. */
export function decideEntries(state: EngineState, config: EngineConfig, at: Micros): Decision[] {
  const { open, close } = state.session;
  const quiet = config.quietMinutes;
  if (at < open + quiet.open * MICROS_PER_MINUTE || at >= close - quiet.close * MICROS_PER_MINUTE) return [];
  const decisions: Decision[] = [];
  for (const underlying of state.underlyings.values()) {
    if (!isDue(underlying, config, open, at)) continue;
    underlying.lastDecision = underlying.lastBarEnd;
    decisions.push(...decideUnderlying(state, config, underlying, at));
  }
  return decisions;
}

/** Due once for each bar whose end lies on the decision grid of the session, as soon as it is known: a real feed tells a bar seconds after its end. */
function isDue({ lastBarEnd, lastDecision }: UnderlyingState, config: EngineConfig, open: Micros, at: Micros): boolean {
  return (
    lastBarEnd !== null &&
    lastBarEnd !== lastDecision &&
    at - lastBarEnd < MICROS_PER_MINUTE &&
    Math.round((lastBarEnd - open) / MICROS_PER_MINUTE) % config.decisionMinutes === 0
  );
}

function decideUnderlying(
  state: EngineState,
  config: EngineConfig,
  underlying: UnderlyingState,
  at: Micros,
): Decision[] {
  const { symbol, vector, spot, gaps } = underlying;
  for (const gap of gaps.values()) return [note(at, symbol, 'data-gap', `No new risk: ${describeGap(gap)}`)];
  if (vector === null || spot === null)
    return [note(at, symbol, 'warming-up', 'The features have not seen enough bars yet')];
  const context = riskContext(state, config, at);
  const chain = chainOf(state, underlying, spot, context, at);
  const { leftOut, noSoldCalls } = selection(state, config, underlying, chain);
  if (leftOut !== null) {
    const isTold = leftOut.rule === underlying.leftOut;
    underlying.leftOut = leftOut.rule;
    return isTold ? [] : [note(at, symbol, `symbol-${leftOut.rule}`, `${symbol} is left out: ${leftOut.text}`)];
  }
  underlying.leftOut = null;
  const view = viewOn(state, config, symbol, chain, config.model.predict(vector));
  const equity = usdToNumber(context.equity);
  const budget = equity * context.limits.riskPerTrade;
  const options: RankingOptions = {
    book: booksFor(config, chain.shares),
    functions: config.functions,
    fits: (candidate) => usdToNumber(candidate.maxLossPerUnit) <= budget,
    balance: equity,
    leastReturn: config.leastReturn,
    maxFeeShare: config.tiers.sizing.maxFeeShare,
    noSoldCalls,
  };
  const turn: Turn = { state, config, context, chain, view, at };
  const rolled = rollDue(turn, options);
  if (rolled !== null) return rolled;
  const { ranked, none } = rankStructures(view, chain, options);
  if (ranked.length === 0) {
    const [first] = none;
    return first === undefined
      ? [note(at, symbol, 'no-structure', `No structure fits: ${describeView(view)}`)]
      : none.map(({ strategy, reason }) => note(at, symbol, reason, `${strategy} can't be built: ${reason}`));
  }
  const names = new Set([
    ...ranked.map(({ candidate }) => candidate.strategy),
    ...none.map(({ strategy }) => strategy),
  ]);
  if (isTraded(state, symbol, names, view))
    return [
      note(at, symbol, 'already-held', `A structure for this view is already open or working: ${describeView(view)}`),
    ];
  return recorded(openBest(turn, ranked, 0), ranked);
}

/** What one turn of one underlying is decided with. */
interface Turn {
  readonly state: EngineState;
  readonly config: EngineConfig;
  readonly context: RiskContext;
  readonly chain: ChainView;
  readonly view: View;
  readonly at: Micros;
}

function chainOf(
  state: EngineState,
  underlying: UnderlyingState,
  spot: number,
  context: RiskContext,
  at: Micros,
): ChainView {
  const { session } = state;
  const { symbol, chain, pricer } = underlying;
  return new ChainView({
    at,
    date: session.date,
    underlying: symbol,
    spot,
    chain,
    pricer,
    shares: freeShares(state, symbol),
    quote: (ticker) => reliableQuote(state, underlying, ticker),
    maxQuoteAge: context.limits.orders.maxQuoteAgeSeconds * MICROS_PER_SECOND,
    ...(session.events?.[symbol] === undefined ? {} : { events: session.events[symbol] }),
  });
}

/** Shares that no open or working structure counts on. */
function freeShares(state: EngineState, symbol: string): number {
  let shares = state.session.account.shares?.[symbol] ?? 0;
  for (const structure of state.structures.values())
    if (structure.underlying === symbol) shares -= structure.shares * unitsAtRisk(structure);
  return Math.max(0, shares);
}

/** The wheel: a put is sold while there are no shares, a call while there are. */
function booksFor({ strategies }: EngineConfig, shares: number): EngineConfig['strategies'] {
  return Object.fromEntries(Object.entries(strategies).filter(([name]) => wheelAllows(name, shares)));
}

/** Whether the symbol may be traded today, judged with what is known of all of them now. */
function selection(
  state: EngineState,
  config: EngineConfig,
  underlying: UnderlyingState,
  chain: ChainView,
): { readonly leftOut: { readonly rule: string; readonly text: string } | null; readonly noSoldCalls: boolean } {
  const { symbol } = underlying;
  underlying.spread = chain.spreadNearTheMoney(reachOf(config.strategies));
  const tier = tierOf(state, config);
  const due = (date: MarketDate | null | undefined): number | null =>
    date === null || date === undefined ? null : daysBetween(state.session.date, date);
  const facts = [...state.underlyings.values()]
    .filter(({ symbol: other, spread }) => other === symbol || spread !== null)
    .map(({ symbol: other, spread }) => {
      const events = state.session.events?.[other];
      return {
        symbol: other,
        spread,
        openInterest: null,
        volume: null,
        // What one unit costs is measured structure by structure, by risk.
        oneLot: null,
        earningsInDays: due(events?.earnings),
        exDividendInDays: due(events?.dividend?.exDate),
      };
    });
  const choice = selectSymbols(facts, config.selection, {
    riskPerTrade: usdToNumber(state.startEquity) * tier.riskPerTrade,
    apiBudget: tier.apiBudget,
  }).find((one) => one.symbol === symbol);
  const [reason] = choice?.selected === false ? choice.reasons : [];
  return {
    leftOut: reason === undefined ? null : { rule: reason.rule, text: reason.text },
    noSoldCalls: choice?.noSoldCalls ?? false,
  };
}

function viewOn(
  state: EngineState,
  config: EngineConfig,
  symbol: string,
  chain: ChainView,
  signal: Parameters<typeof viewOf>[0],
): View {
  const reach = reachOf(config.strategies);
  const implied = chain.atTheMoneyVolatility(reach);
  const [first] = chain.expiries(reach);
  const days = first === undefined ? reach.min : daysBetween(chain.date, first);
  const history = state.session.volatilityHistory?.[symbol];
  return viewOf(signal, {
    implied,
    later: chain.atTheMoneyVolatility({ min: days + TERM_DAYS, max: reach.max }),
    realised: state.returns.realisedVolatility(symbol),
    rank: implied === null || history === undefined ? null : (volatilityRank(implied, history) ?? null),
  });
}

/**
 * The structures of one view are alternatives: while one is held, the view is traded. What a strong view opens may still stand beside the
 * structure of a moderate one.
 */
function isTraded(state: EngineState, symbol: string, names: ReadonlySet<string>, view: View): boolean {
  for (const { underlying, strategy, conviction, ...structure } of state.structures.values()) {
    if (underlying !== symbol || !names.has(strategy) || structure.open + structure.working === 0) continue;
    if (view.conviction !== 'strong' || conviction === 'strong') return true;
  }
  return false;
}

/** A structure of this underlying that was left by a rolling exit is looked for once more at a later expiry; risk decides as on any other. */
function rollDue(turn: Turn, options: RankingOptions): Decision[] | null {
  const { state, chain, view, at } = turn;
  for (const old of state.structures.values()) {
    if (old.underlying !== chain.underlying || !old.rollDue || unitsAtRisk(old) > 0) continue;
    old.rollDue = false;
    const settings = options.book[old.strategy];
    if (settings === undefined) continue;
    // The view that it was opened on need not come back at this very minute: its contract ended, not its reason.
    const anyView = {
      ...settings,
      when: {
        direction: [view.direction],
        conviction: [view.conviction],
        volatility: [view.volatility],
        term: [view.term],
      },
    };
    const { ranked } = rankStructures(view, chain, { ...options, book: { [old.strategy]: anyView } });
    const later = ranked.filter(({ candidate }) => candidate.contracts.every(({ expiry }) => expiry > old.expiry));
    if (later.length === 0) {
      return [note(at, old.underlying, 'no-roll', `${old.id} (${old.strategy}) has no later expiry to be rolled to`)];
    }
    return recorded(openBest(turn, later, old.rolls + 1, old), later);
  }
  return null;
}

/** Asks risk about the ranked candidates until it approves one. */
function openBest(
  turn: Turn,
  ranked: readonly RankedCandidate[],
  rolls: number,
  rolled?: StructurePosition,
): Decision[] {
  const { chain, at } = turn;
  const decisions: Decision[] = [];
  for (const one of ranked.slice(0, ASKED)) {
    if (one.refusal !== null) {
      const { rule, text } = one.refusal;
      decisions.push(note(at, chain.underlying, rule, `${one.candidate.strategy}: ${text}`));
      continue;
    }
    const decision = open(turn, one, ranked.length, rolls, rolled);
    decisions.push(decision);
    if (decision.type === 'submit') break;
    if (decision.type === 'refuse' && decision.failed.some(({ rule }) => REFUSE_ALL.has(rule))) break;
  }
  return decisions;
}

function open(
  { state, config, context, chain, view, at }: Turn,
  ranked: RankedCandidate,
  compared: number,
  rolls: number,
  rolled?: StructurePosition,
): Decision {
  const { candidate, score } = ranked;
  const id = `S${state.structureCount + 1}`;
  const intent = `${id}/open/1`;
  const order: Order = {
    clientOrderId: deriveUuid(state.session.key, intent),
    underlying: candidate.underlying,
    legs: candidate.legs,
    quantity: unitsOf(ranked, sizeLimits(context, config, candidate.underlying), chain.shares),
    type: 'limit',
    limit: candidate.natural,
    timeInForce: 'day',
  };
  const { contracts, maxLossPerUnit, committedPerUnit } = candidate;
  const verdict = evaluateOpening(
    { order, contracts, maxLossPerUnit, committedPerUnit, shares: candidate.shares },
    context,
  );
  if (verdict.kind === 'refused') {
    return {
      type: 'refuse',
      at,
      underlying: candidate.underlying,
      strategy: candidate.strategy,
      purpose: 'open',
      order: { legs: order.legs, quantity: order.quantity, limit: order.limit },
      failed: verdict.failed,
      checks: verdict.checks,
      quantity: verdict.quantity,
      reason: refusalReason(verdict.failed),
    };
  }
  const { order: sent } = verdict.approved;
  state.structureCount++;
  const structure = newStructure(id, candidate, sent.quantity, { conviction: view.conviction, rolls });
  state.structures.set(id, structure);
  state.orders.set(sent.clientOrderId, {
    intent,
    purpose: 'open',
    order: sent,
    structure,
    submittedAt: at,
    filled: 0,
    cancelRequested: false,
  });
  state.recentOpenings = [...context.recentOrders, { at, order: sent }];
  const budget = usdToNumber(context.equity) * context.limits.riskPerTrade;
  const why =
    `${describeView(view)}; ${candidate.strategy} is the best of ${compared}: expects ${money(score.expectedValue)} a unit after costs ` +
    `(${(score.expectedReturn * 100).toFixed(1)}% of what it risks), profit in ${(score.probabilityOfProfit * 100).toFixed(0)}%; ` +
    `it risks ${usdToNumber(structure.maxLossPerUnit)} a unit of ${Math.round(budget * 100) / 100} allowed`;
  return {
    type: 'submit',
    at,
    intent,
    purpose: 'open',
    strategy: candidate.strategy,
    approved: verdict.approved,
    ...(verdict.kind === 'reduced' && { reduced: { asked: verdict.asked, failed: verdict.failed } }),
    reason:
      rolled === undefined
        ? { rule: 'view', text: why }
        : { rule: 'roll', text: `Rolls ${rolled.id}, left by ${rolled.exitRule ?? 'its exit'}; ${why}` },
  };
}

function sizeLimits(context: RiskContext, config: EngineConfig, underlying: string): SizeLimits {
  const equity = usdToNumber(context.equity);
  let taken = 0;
  for (const exposure of context.exposures)
    if (exposure.underlying === underlying) taken += usdToNumber(exposure.committed);
  return {
    equity,
    riskPerTrade: equity * context.limits.riskPerTrade,
    positionSize: equity * context.limits.maxPositionSize - taken,
    availableFunds: usdToNumber(context.availableFunds),
    kelly: config.tiers.sizing.kelly,
  };
}

/** The first decision of the turn carries what was compared. */
function recorded(decisions: readonly Decision[], ranked: readonly RankedCandidate[]): Decision[] {
  const [first, ...rest] = decisions;
  if (first === undefined) return [];
  if (first.type !== 'submit' && first.type !== 'refuse' && first.type !== 'note') return [...decisions];
  return [{ ...first, candidates: ranked.slice(0, RECORDED).map(recordOf) }, ...rest];
}

function recordOf({ candidate, score, refusal }: RankedCandidate): CandidateRecord {
  const { legs, contracts } = candidate;
  return {
    strategy: candidate.strategy,
    legs: legs.map((leg) => `${sideOf(leg.intent) === 'buy' ? '+' : '-'}${leg.ratio} ${leg.symbol}`).join(' '),
    expiry: contracts.map(({ expiry }) => expiry as string).sort()[0] ?? '',
    net: candidate.natural,
    expectedValue: rounded(score.expectedValue),
    expectedReturn: rounded(score.expectedReturn),
    probabilityOfProfit: rounded(score.probabilityOfProfit),
    kelly: rounded(score.kelly),
    breakevens: score.breakevens,
    maxLoss: rounded(score.maxLoss),
    maxGain: score.maxGain === null ? null : rounded(score.maxGain),
    fees: rounded(score.fees),
    refused: refusal?.text ?? null,
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4 + 0;
}

function money(dollars: number): string {
  return `${dollars < 0 ? '-' : ''}$${Math.abs(dollars).toFixed(2)}`;
}

/** The first failed rule in a sentence with its number and its limit. */
export function refusalReason(failed: readonly RuleCheck[]): Reason {
  const [first] = failed;
  if (first === undefined) return { rule: 'none', text: 'No rule failed' };
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  return {
    rule: first.rule,
    text: `${first.rule}: ${round(first.actual)} against a limit of ${round(first.limit)} ${first.unit}${more}`,
  };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

export function note(at: Micros, underlying: string, rule: string, text: string): Decision {
  return { type: 'note', at, underlying, reason: { rule, text } };
}
