import { parseUsd } from '@trading-agent/core';
import type { BrokerAccount, BrokerOrder, BrokerPosition } from '@trading-agent/broker';
import {
  type Order,
  type OrderLeg,
  type OrderStatus,
  type PositionIntent,
  type Side,
  type Ticker,
  isOptionSymbol,
  optionContract,
  optionSymbol,
} from '@trading-agent/instruments';
import { badMessage } from '../errors.ts';
import { count, price } from '../numbers.ts';
import type { AccountObject, LegObject, OrderObject, PositionObject } from './models.ts';

export function toAccount(row: AccountObject): BrokerAccount {
  const blocked = row.trading_blocked === true || row.account_blocked === true || row.trade_suspended_by_user === true;
  return {
    accountNumber: row.account_number,
    cash: parseUsd(row.cash),
    equity: parseUsd(row.equity),
    lastEquity: row.last_equity === null || row.last_equity === undefined ? null : parseUsd(row.last_equity),
    // Absent means that the account may not trade options at all: nothing to spend on them.
    optionsBuyingPower: parseUsd(row.options_buying_power ?? '0'),
    optionsLevel: row.options_trading_level ?? 0,
    tradable: row.status === 'ACTIVE' && !blocked,
  };
}

export function toPosition(row: PositionObject): BrokerPosition {
  const quantity = price(row.qty);
  return {
    symbol: row.symbol,
    // Short rows carry a negative quantity by the documentation; the side decides where an old example shows otherwise.
    quantity: row.side === 'short' ? -Math.abs(quantity) : quantity,
    averagePrice: price(row.avg_entry_price),
    ...(row.current_price === null || row.current_price === undefined ? {} : { mark: price(row.current_price) }),
  };
}

/** Everything that is not known to be over counts as live (PROVIDERS C4). `replaced`: this id is over, a new one lives on. */
export function toStatus(status: string | null | undefined): OrderStatus {
  if (status === 'replaced') return 'canceled';
  return STATUSES.find((known) => known === status) ?? 'new';
}

const STATUSES: readonly OrderStatus[] = ['filled', 'canceled', 'expired', 'rejected', 'partially_filled'];

/** True for what the port can express: orders on options, single or package, and plain day orders on whole shares. */
export function isExpressible(row: OrderObject): boolean {
  if (row.order_class === 'mleg' || isOptionSymbol(row.symbol ?? '')) return true;
  const isPlain = (!row.order_class || row.order_class === 'simple') && row.time_in_force === 'day';
  const isWhole = WHOLE.test(row.qty ?? '') && WHOLE.test(row.filled_qty ?? '0');
  return row.asset_class === 'us_equity' && isPlain && isWhole && (row.type === 'limit' || row.type === 'market');
}

const WHOLE = /^\d+(\.0*)?$/;

/** @throws {TradingError} `BROKER_BAD_MESSAGE` and value errors when the order can't be expressed. */
export function toBrokerOrder(row: OrderObject): BrokerOrder {
  const order = toOrder(row);
  const filled: readonly LegObject[] = isPackage(row) ? legsOf(row) : [{ ...row, symbol: row.symbol ?? '' }];
  return {
    brokerOrderId: row.id,
    order,
    status: toStatus(row.status),
    filledQuantity: count(row.filled_qty ?? '0'),
    filledLegs: filled.flatMap((leg) => {
      const quantity = count(leg.filled_qty ?? '0');
      if (quantity === 0) return [];
      if (!leg.filled_avg_price) throw badMessage(`Order ${row.id} filled without a price`, { brokerOrderId: row.id });
      return [{ symbol: tradedSymbol(leg.symbol), quantity, averagePrice: price(leg.filled_avg_price) }];
    }),
  };
}

/** The legs with which `row` was sent. @throws as `toBrokerOrder`. */
export function toLegs(row: OrderObject): readonly OrderLeg[] {
  if (!isPackage(row)) {
    const symbol = tradedSymbol(row.symbol ?? '');
    const intent = isOptionSymbol(symbol)
      ? toIntent(row.position_intent, row.side)
      : shareIntent(row.position_intent, row.side);
    return [{ symbol, ratio: 1, intent }];
  }
  const units = count(row.qty ?? '0');
  return legsOf(row).map((leg) => ({
    symbol: optionSymbol(leg.symbol),
    ratio: leg.ratio_qty ? count(leg.ratio_qty) : count(leg.qty ?? '0') / units,
    intent: toIntent(leg.position_intent, leg.side),
  }));
}

/** `position_intent`; without it a purchase is taken for opening and a sale for closing, which is how Alpaca fills it in by default. */
export function toIntent(intent: string | null | undefined, side: string | null | undefined): PositionIntent {
  const named = INTENTS.find((known) => known === intent);
  return named ?? (toSide(side) === 'buy' ? 'buy_to_open' : 'sell_to_close');
}

/** As `toIntent`, but what does not say is taken for closing: that is all that the port sends on shares. */
function shareIntent(intent: string | null | undefined, side: string | null | undefined): PositionIntent {
  const named = INTENTS.find((known) => known === intent);
  return named ?? (toSide(side) === 'buy' ? 'buy_to_close' : 'sell_to_close');
}

/** An option in the project's spelling, or a ticker. */
function tradedSymbol(text: string): Ticker {
  if (/^[A-Z]+(\.[A-Z]+)?$/.test(text)) return text;
  return optionSymbol(text);
}

const INTENTS: readonly PositionIntent[] = ['buy_to_open', 'buy_to_close', 'sell_to_open', 'sell_to_close'];

function toSide(side: string | null | undefined): Side {
  if (side === 'buy' || side === 'sell') return side;
  throw badMessage(`Expected buy or sell, was "${side ?? ''}"`);
}

function toOrder(row: OrderObject): Order {
  const legs = toLegs(row);
  const [first] = legs;
  if (!first) throw badMessage(`Order ${row.id} has no legs`, { brokerOrderId: row.id });
  const limit = row.limit_price ? price(row.limit_price) : null;
  const sold = !isPackage(row) && toSide(row.side) === 'sell';
  return {
    clientOrderId: row.client_order_id,
    underlying: isOptionSymbol(first.symbol) ? optionContract(first.symbol).underlying : first.symbol,
    legs,
    quantity: count(row.qty ?? '0'),
    type: limit === null ? 'market' : 'limit',
    limit: limit !== null && sold ? -limit : limit,
    timeInForce: 'day',
  };
}

function isPackage(row: OrderObject): boolean {
  return row.order_class === 'mleg';
}

function legsOf(row: OrderObject): readonly LegObject[] {
  if (row.legs && row.legs.length > 0) return row.legs;
  throw badMessage(`The package ${row.id} came without its legs`, { brokerOrderId: row.id });
}
