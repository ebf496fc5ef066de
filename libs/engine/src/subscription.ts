import type { Micros } from '@trading-agent/core';
import { isOptionSymbol, type OptionSymbol } from '@trading-agent/instruments';
import { assignQuoteSlots } from '@trading-agent/market-data';
import { type EngineConfig, reachOf } from './config.ts';
import type { Decision } from './decisions.ts';
import { type EngineState, heldOf, type UnderlyingState } from './state.ts';

/** The price must have moved by this fraction before slots are given out anew. */
const MOVED = 0.01;

/**
 * The contracts of an underlying whose quotes are wanted: with the first price of the session, and again when it has moved and there are more
 * contracts than slots, or when the first share of it has come or the last has gone. Nothing is decided when the choice stays the same. Each underlying has an even share of the slots.
 */
export function chooseQuotes(
  state: EngineState,
  config: EngineConfig,
  underlying: UnderlyingState,
  at: Micros,
): readonly Decision[] {
  const { symbol, quoted, spot } = underlying;
  if (spot === null) return [];
  // Shares are sold by the quotes of their own; quotes of stocks take no slots.
  const shares = heldOf(state, symbol) !== 0;
  if (quoted !== null && quoted.shares === shares && Math.abs(spot / quoted.spot - 1) < MOVED) return [];
  const { symbols, add, drop } = assignQuoteSlots({
    contracts: underlying.traded ? state.session.contracts.filter((contract) => contract.underlying === symbol) : [],
    needed: neededOf(state, symbol),
    current: quoted?.symbols ?? new Set(),
    spot: () => spot,
    date: state.session.date,
    dte: reachOf(config.strategies),
    slots: Math.floor(config.quotedContracts / state.underlyings.size),
  });
  const isSame = quoted !== null && quoted.shares === shares && add.length === 0 && drop.length === 0;
  underlying.quoted = { symbols: new Set(symbols), shares, spot };
  return isSame
    ? []
    : [{ type: 'subscribe', at, underlying: symbol, symbols: shares ? [...symbols, symbol] : symbols }];
}

/** What is held, and what a working order may bring. */
function neededOf(state: EngineState, underlying: string): ReadonlySet<OptionSymbol> {
  const needed = new Set<OptionSymbol>();
  for (const { order } of state.orders.values())
    if (order.underlying === underlying)
      for (const { symbol } of order.legs) if (isOptionSymbol(symbol)) needed.add(symbol);
  for (const structure of state.structures.values())
    if (structure.underlying === underlying && structure.open > 0)
      for (const leg of structure.legs) needed.add(leg.symbol);
  return needed;
}
