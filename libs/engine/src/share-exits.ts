import { deriveUuid, type Micros } from '@trading-agent/core';
import { isOptionSymbol, type Order } from '@trading-agent/instruments';
import { evaluateClosing, mostShares, sharePrice } from '@trading-agent/risk';
import type { EngineConfig } from './config.ts';
import { type Decision, note, refusalReason } from './decisions.ts';
import { flattenReason, REJECTION_PAUSE, tellOnce } from './exit-orders.ts';
import { riskContext } from './risk-view.ts';
import { coverNeeded } from './share-cover.ts';
import { closableOf, type EngineState, type ShareExit } from './state.ts';

/** What closes shares, in decisions and reports. */
export const SHARES = 'shares';

/**
 * Out of everything includes shares: those that no sold option needs as cover are sold (short ones bought back), a bounded number at a time,
 * again after each time-out until none is held.
 */
export function decideShareExits(state: EngineState, config: EngineConfig, at: Micros): Decision[] {
  const { open, close } = state.session;
  if (!state.flattening || at < open || at >= close) return [];
  return state.portfolio.shares().flatMap(({ ticker }) => {
    const exit = exitOf(state, ticker);
    if (exit.closingIntent !== null) return [];
    if (exit.rejectedAt !== null && at - exit.rejectedAt < REJECTION_PAUSE) return [];
    return tellOnce(exit, closeShares(state, config, exit, at));
  });
}

function exitOf(state: EngineState, ticker: string): ShareExit {
  const known = state.shareExits.get(ticker);
  if (known !== undefined) return known;
  const exit: ShareExit = { ticker, closingIntent: null, attempts: 0, rejectedAt: null, obstacle: null };
  state.shareExits.set(ticker, exit);
  return exit;
}

function closeShares(state: EngineState, config: EngineConfig, exit: ShareExit, at: Micros): Decision {
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
  const price = sharePrice(ticker, side, context);
  if (price === null) return note(at, ticker, 'not-quoted', `${closable} shares of ${ticker} have no price today`);
  const intent = `${SHARES}/${ticker}/${exit.attempts + 1}`;
  const order: Order = {
    clientOrderId: deriveUuid(state.session.key, intent),
    underlying: ticker,
    legs: [{ symbol: ticker, ratio: 1, intent: `${side}_to_close` }],
    quantity: Math.min(free, mostShares(context)),
    type: 'limit',
    limit: side === 'sell' ? -price : price,
    timeInForce: 'day',
  };
  const held = (symbol: string): number => (isOptionSymbol(symbol) ? 0 : closableOf(state, symbol));
  const verdict = evaluateClosing({ order, held, cover: () => cover }, context);
  const reason = flattenReason(state);
  if (verdict.kind === 'refused') {
    const { legs, quantity, limit } = order;
    const { failed, checks } = verdict;
    return {
      type: 'refuse',
      at,
      underlying: ticker,
      strategy: SHARES,
      purpose: 'close',
      order: { legs, quantity, limit },
      failed,
      checks,
      quantity,
      reason: refusalReason(failed),
    };
  }
  exit.attempts++;
  exit.closingIntent = intent;
  state.orders.set(order.clientOrderId, {
    intent,
    purpose: 'shares',
    order,
    exit,
    submittedAt: at,
    filled: 0,
    cancelRequested: false,
  });
  return { type: 'submit', at, intent, purpose: 'close', strategy: SHARES, approved: verdict.approved, reason };
}
