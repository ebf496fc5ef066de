import { daysBetween, type Micros, MICROS_PER_MINUTE, usdToNumber } from '@trading-agent/core';
import { volatilityRank } from '@trading-agent/pricing';
import {
  ChainView,
  describeView,
  type RankingOptions,
  rankStructures,
  type View,
  viewOf,
  wheelAllows,
} from '@trading-agent/strategies';
import { type EngineConfig, reachOf } from './config.ts';
import { oldestQuote } from './contract-pricer.ts';
import { describeGap } from './data-gaps.ts';
import { type Decision, note } from './decisions.ts';
import { openBest, recorded, type Turn } from './opening.ts';
import { riskContext } from './risk-view.ts';
import { type EngineState, reliableQuote, type UnderlyingState } from './state.ts';
import { unitsAtRisk } from './structure-position.ts';
import { selection } from './symbol-choice.ts';

/** An expiry is later, for the term structure, when it is at least this many days behind. */
const TERM_DAYS = 14;
/** A rank is taken in this many days at least: in fewer nearly every day is an extreme. */
const RANKED_DAYS = 20;

/** Looks at every underlying whose turn it is and opens at most one structure for each. */
export function decideEntries(state: EngineState, config: EngineConfig, at: Micros): Decision[] {
  const { open, close } = state.session;
  const quiet = config.quietMinutes;
  if (at < open + quiet.open * MICROS_PER_MINUTE || at >= close - quiet.close * MICROS_PER_MINUTE) return [];
  const decisions: Decision[] = [];
  for (const underlying of state.underlyings.values()) {
    if (!underlying.traded || !isDue(underlying, config, open, at)) continue;
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
  const chain = chainOf(state, config, underlying, spot, at);
  const view = viewOn(state, config, symbol, chain, config.model.predict(vector));
  // Before anything that keeps new risk away: shares are given up by it.
  const isDown = view.direction === 'down' && view.conviction === 'strong';
  underlying.looksDown = isDown ? underlying.looksDown + 1 : 0;
  if (state.foreignUnderlyings.has(symbol)) {
    const rule = 'foreign-holdings';
    const isTold = underlying.leftOut === rule;
    underlying.leftOut = rule;
    return isTold
      ? []
      : [note(at, symbol, rule, `No new risk on ${symbol}: something is held there that this agent did not open`)];
  }
  underlying.implied = chain.atTheMoneyVolatility(reachOf(config.strategies)) ?? underlying.implied;
  const { leftOut, noSoldCalls } = selection(state, config, underlying, chain);
  if (leftOut !== null) {
    const isTold = leftOut.rule === underlying.leftOut;
    underlying.leftOut = leftOut.rule;
    return isTold ? [] : [note(at, symbol, `symbol-${leftOut.rule}`, `${symbol} is left out: ${leftOut.text}`)];
  }
  underlying.leftOut = null;
  const context = riskContext(state, config, at);
  const equity = usdToNumber(context.equity);
  const budget = equity * context.limits.riskPerTrade;
  const options: RankingOptions = {
    book: booksFor(config, { held: state.ownShares.get(symbol) ?? 0, free: chain.shares }),
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

function chainOf(
  state: EngineState,
  config: EngineConfig,
  underlying: UnderlyingState,
  spot: number,
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
    maxQuoteAge: oldestQuote(config),
    ...(session.events?.[symbol] === undefined ? {} : { events: session.events[symbol] }),
  });
}

/** Shares that no open or working structure counts on and that are not to leave. */
function freeShares(state: EngineState, symbol: string): number {
  let shares = (state.ownShares.get(symbol) ?? 0) - (state.leaving.get(symbol)?.quantity ?? 0);
  for (const structure of state.structures.values())
    if (structure.underlying === symbol) shares -= structure.shares * unitsAtRisk(structure);
  return Math.max(0, shares);
}

/** The wheel: a put is sold while there are no shares, a call while there are. */
function booksFor(
  { strategies }: EngineConfig,
  shares: { readonly held: number; readonly free: number },
): EngineConfig['strategies'] {
  return Object.fromEntries(Object.entries(strategies).filter(([name]) => wheelAllows(name, shares)));
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
  const history = state.session.volatilityHistory?.[symbol] ?? [];
  return viewOf(signal, {
    implied,
    later: chain.atTheMoneyVolatility({ min: days + TERM_DAYS, max: reach.max }),
    realised: state.returns.realisedVolatility(symbol),
    rank: implied === null || history.length < RANKED_DAYS ? null : (volatilityRank(implied, history) ?? null),
  });
}

/**
 * The structures of one view are alternatives: while one is held, the view is traded. What a strong view opens may still stand beside the
 * structure of a moderate one.
 */
function isTraded(state: EngineState, symbol: string, names: ReadonlySet<string>, view: View): boolean {
  for (const { underlying, strategy, conviction, ...structure } of state.structures.values()) {
    // What is left of a broken one is being closed, or expires for nothing.
    if (structure.broken || underlying !== symbol || !names.has(strategy) || structure.open + structure.working === 0)
      continue;
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
