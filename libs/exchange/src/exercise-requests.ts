import { notional, subtractUsd } from '@trading-agent/core';
import { type OptionSymbol, isOptionSymbol } from '@trading-agent/instruments';
import { requirementOf } from './margin.ts';
import { type Rejection, forbidden, unprocessable } from './rejection.ts';
import { type Settling, exercise } from './settlement.ts';

export type ExerciseAnswer = { readonly accepted: true } | Rejection;

/**
 * Exercises all of a long position at once. Refused after the close, when something short would be left uncovered, or without the means.
 * @param count How many requests the exchange has had before: the same position may be bought and exercised again on the same day.
 */
export function requestExercise(
  account: Settling,
  symbol: string,
  available: (symbol: OptionSymbol) => number,
  count: number,
): ExerciseAnswer {
  const { ledger, floor } = account;
  const refusal = checkHolder(account, symbol);
  if (refusal !== null) return refusal;
  const contract = floor.contract(symbol);
  const quantity = ledger.held(contract.symbol);
  if (available(contract.symbol) < quantity) return forbidden('position is held for open orders');
  if (contract.settlement === 'cash' || contract.style === 'european')
    return unprocessable(`${symbol} can not be exercised before it expires`);
  if (floor.now >= floor.session.close)
    return forbidden('exercise requests are rejected between the close and midnight');
  const change = (contract.right === 'call' ? 1 : -1) * quantity * contract.multiplier;
  const options = new Map(ledger.holdings.options);
  options.delete(contract.symbol);
  const shares = new Map(ledger.holdings.shares);
  shares.set(contract.underlying, (shares.get(contract.underlying) ?? 0) + change);
  const after = requirementOf({ options, shares }, floor);
  const cash = subtractUsd(ledger.cash, notional(contract.strike, change, 1));
  if (after === null) return forbidden('exercise would leave a short position uncovered');
  // Shares that are bought may not be paid for with what they are hoped to be worth.
  if (cash < 0 || cash < after) return forbidden('insufficient buying power to exercise');
  exercise(account, { contract, quantity }, quantity, `request ${count}`);
  return { accepted: true };
}

/** Takes note that a long position is not to be exercised when it expires. */
export function requestDecline(
  account: Settling & { readonly declined: Set<OptionSymbol> },
  symbol: string,
): ExerciseAnswer {
  const refusal = checkHolder(account, symbol);
  if (refusal !== null) return refusal;
  account.declined.add(account.floor.contract(symbol).symbol);
  return { accepted: true };
}

function checkHolder({ ledger, floor }: Settling, symbol: string): Rejection | null {
  if (!isOptionSymbol(symbol) || !floor.contracts.has(symbol)) return unprocessable(`invalid symbol: ${symbol}`);
  const held = ledger.held(symbol);
  if (held === 0) return forbidden(`no available position for ${symbol}`);
  if (held < 0) return { accepted: false, status: 403, code: 40310001, reason: 'short positions can not be exercised' };
  return null;
}
