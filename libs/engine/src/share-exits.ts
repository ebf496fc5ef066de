import { deriveUuid, type Micros } from '@trading-agent/core';
import { isOptionSymbol, type Order } from '@trading-agent/instruments';
import { evaluateClosing, mostShares, sharePrice } from '@trading-agent/risk';
import type { EngineConfig } from './config.ts';
import { sendClosing } from './closing-order.ts';
import { type Decision, note, type Reason } from './decisions.ts';
import { flattenReason, REJECTION_PAUSE, tellOnce } from './exit-orders.ts';
import { riskContext } from './risk-view.ts';
import { coverNeeded } from './share-cover.ts';
import { closableOf, type EngineState, heldOf, type ShareExit, shareExitOf } from './state.ts';

/** What closes shares, in decisions and reports. */
export const SHARES = 'shares';

/**
 * Closes shares: those of the agent's own that are to leave, and in a flatten all of them. What sold options need as cover stays until they are gone;
 * the others are sold (short ones bought back) a bounded number at a time, again after each time-out until none is left that should go.
 */
export function decideShareExits(state: EngineState, config: EngineConfig, at: Micros): Decision[] {
  const { open, close } = state.session;
  if (at < open || at >= close) return [];
  return state.portfolio.shares().flatMap(({ ticker }) => {
    const order = orderFor(state, ticker);
    if (order === null) return [];
    const exit = shareExitOf(state, ticker);
    if (exit.closingIntent !== null) return [];
    if (exit.rejectedAt !== null && at - exit.rejectedAt < REJECTION_PAUSE) return [];
    return tellOnce(exit, closeShares(state, config, exit, order, at));
  });
}

interface ShareOrder {
  readonly most: number;
  readonly reason: Reason;
}

/** How many shares are to go and why; `null` when none are, or while today has no price that says what they are worth. */
function orderFor(state: EngineState, ticker: string): ShareOrder | null {
  if (state.flattening) return { most: Number.POSITIVE_INFINITY, reason: flattenReason(state) };
  const leaving = state.leaving.get(ticker);
  if (leaving === undefined || (state.underlyings.get(ticker)?.spot ?? null) === null) return null;
  // Where somebody else has traded past them, what is held is none of the agent's own: its owner's to close.
  if ((state.ownShares.get(ticker) ?? 0) * heldOf(state, ticker) <= 0) return null;
  return { most: leaving.quantity, reason: leaving.reason };
}

function closeShares(
  state: EngineState,
  config: EngineConfig,
  exit: ShareExit,
  { most, reason }: ShareOrder,
  at: Micros,
): Decision {
  const { ticker } = exit;
  const closable = closableOf(state, ticker);
  const cover = coverNeeded(state, ticker);
  const free = Math.abs(closable) - cover;
  if (free <= 0) {
    const text = `${closable} shares of ${ticker} stay for now: options that are sold need ${cover} of them`;
    return note(at, ticker, 'keeps-cover', text);
  }
  const context = riskContext(state, config, at);
  const side = closable > 0 ? 'sell' : 'buy';
  const priced = sharePrice(ticker, side, context);
  if (priced === null) return note(at, ticker, 'not-quoted', `${closable} shares of ${ticker} have no price today`);
  const intent = `${SHARES}/${ticker}/${exit.attempts + 1}`;
  const order: Order = {
    clientOrderId: deriveUuid(state.session.key, intent),
    underlying: ticker,
    legs: [{ symbol: ticker, ratio: 1, intent: `${side}_to_close` }],
    quantity: Math.min(free, most, mostShares(context)),
    type: 'limit',
    limit: side === 'sell' ? -priced.price : priced.price,
    timeInForce: 'day',
  };
  const held = (symbol: string): number => (isOptionSymbol(symbol) ? 0 : closableOf(state, symbol));
  const verdict = evaluateClosing({ order, held, cover: () => cover }, context);
  const why = { ...reason, text: `${reason.text}; limit ${priced.basis}` };
  return sendClosing(state, { purpose: 'shares', intent, strategy: SHARES, order, reason: why, exit }, verdict, at);
}
