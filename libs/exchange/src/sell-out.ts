import { MICROS_PER_MINUTE, deriveUuid, notional, subtractUsd } from '@trading-agent/core';
import { type Order, isTerminal } from '@trading-agent/instruments';
import type { ExchangeAccount } from './exchange-account.ts';
import type { Floor } from './floor.ts';
import {
  type OptionPosition,
  type Settling,
  endsOn,
  exercisable,
  inTheMoney,
  positionsByUnderlying,
} from './settlement.ts';

/** How long before the close the broker looks for positions that the account could not deliver. */
const LAST_HOUR = 60 * MICROS_PER_MINUTE;

/**
 * In the last hour of their last day, closes an underlying's expiring options at the market where a long one is in the money and the account
 * could neither pay for the shares nor deliver them. The account's own orders on them are canceled first; shorts are bought back before
 * longs are sold. Each position is closed by one order of the broker, which works until the close.
 */
export function sellOut(account: ExchangeAccount, settling: Settling, floor: Floor): void {
  const { now, session } = floor;
  if (!floor.isOpen || now < session.close - LAST_HOUR) return;
  const groups = positionsByUnderlying(
    account.ledger,
    floor,
    (contract) => contract.settlement === 'physical' && endsOn(contract, session.date),
  );
  for (const [underlying, positions] of groups) {
    if (!floor.trades(underlying) || canDeliver(settling, positions, floor.spot(underlying))) continue;
    const symbols = new Set<string>(positions.map(({ contract }) => contract.symbol));
    for (const working of account.working) {
      if (working.source === 'broker' || isTerminal(working.status)) continue;
      if (working.order.legs.some((leg) => symbols.has(leg.symbol)))
        account.end(working, 'canceled', 'the position is closed by the broker before it expires');
    }
    for (const position of [...positions].sort((a, b) => a.quantity - b.quantity))
      account.submitForBroker(closingOrder(account.accountNumber, position, session.date));
  }
}

/** Plays the expiry through: assigned shares and cash first, then each long in the money. */
function canDeliver(
  { ledger, floor, declined }: Settling,
  positions: readonly OptionPosition[],
  spot: number | null,
): boolean {
  let { cash } = ledger;
  const [first] = positions;
  let shares = (first && ledger.holdings.shares.get(first.contract.underlying)) ?? 0;
  for (const position of [...positions].sort((a, b) => a.quantity - b.quantity)) {
    const { contract, quantity } = position;
    if (inTheMoney(contract, floor, spot) === 0 || (quantity > 0 && declined.has(contract.symbol))) continue;
    if (quantity > 0 && exercisable(position, cash, shares) < quantity) return false;
    const change = (contract.right === 'call' ? 1 : -1) * quantity * contract.multiplier;
    shares += change;
    cash = subtractUsd(cash, notional(contract.strike, change, 1));
  }
  return true;
}

function closingOrder(accountNumber: string, { contract, quantity }: OptionPosition, date: string): Order {
  return {
    clientOrderId: deriveUuid(accountNumber, date, contract.symbol, 'sell-out'),
    underlying: contract.underlying,
    legs: [{ symbol: contract.symbol, ratio: 1, intent: quantity > 0 ? 'sell_to_close' : 'buy_to_close' }],
    quantity: Math.abs(quantity),
    type: 'market',
    limit: null,
    timeInForce: 'day',
  };
}
