import { type Usd, ZERO_USD, addUsd, deriveUuid, subtractUsd } from '@trading-agent/core';
import type { BrokerPosition } from '@trading-agent/broker';
import { isTerminal, midpoint, opens } from '@trading-agent/instruments';
import type { Simulation } from '../market/simulation.ts';
import { decimal, money, worth } from './decimals.ts';
import { assetId } from './order-object.ts';
import { rfc3339Nanos } from './times.ts';
import { nyInstant } from '@trading-agent/calendar';

/** Body of `GET /v2/account`. */
export function accountObject(simulation: Simulation): Readonly<Record<string, unknown>> {
  const { account, positions } = simulation;
  const values = positions.map((position) => marketValue(position, simulation) ?? ZERO_USD);
  const long = addUsd(...values.filter((value) => value > 0));
  const short = addUsd(...values.filter((value) => value < 0));
  return {
    id: deriveUuid('account', account.accountNumber),
    account_number: account.accountNumber,
    status: 'ACTIVE',
    currency: 'USD',
    cash: money(account.cash),
    equity: money(account.equity),
    last_equity: money(simulation.lastEquity),
    portfolio_value: money(account.equity),
    buying_power: money(account.optionsBuyingPower),
    regt_buying_power: money(account.optionsBuyingPower),
    options_buying_power: money(account.optionsBuyingPower),
    non_marginable_buying_power: money(account.optionsBuyingPower),
    long_market_value: money(long),
    short_market_value: money(short),
    multiplier: '2',
    accrued_fees: '0',
    options_approved_level: account.optionsLevel,
    options_trading_level: account.optionsLevel,
    trading_blocked: !account.tradable,
    transfers_blocked: false,
    account_blocked: !account.tradable,
    trade_suspended_by_user: false,
    shorting_enabled: true,
    created_at: rfc3339Nanos(nyInstant(simulation.session.date, '00:00')),
  };
}

/** One row of `GET /v2/positions`. Values are at the midpoint; unknown while a side is not quoted. */
export function positionObject(position: BrokerPosition, simulation: Simulation): Readonly<Record<string, unknown>> {
  const multiplier = multiplierOf(position, simulation);
  const cost = worth(position.averagePrice, position.quantity, multiplier);
  const quote = simulation.nbbo(position.symbol);
  const price = quote === undefined ? null : midpoint(quote);
  const value = marketValue(position, simulation);
  const profit = value === null ? null : subtractUsd(value, cost);
  const percent = profit === null || cost === 0 ? null : decimal(profit / Math.abs(cost));
  return {
    asset_id: assetId(position.symbol),
    symbol: position.symbol,
    exchange: '',
    asset_class: 'us_option',
    asset_marginable: false,
    avg_entry_price: decimal(position.averagePrice),
    qty: String(position.quantity),
    qty_available: String(available(position, simulation)),
    side: position.quantity < 0 ? 'short' : 'long',
    cost_basis: money(cost),
    market_value: value === null ? null : money(value),
    unrealized_pl: profit === null ? null : money(profit),
    unrealized_plpc: percent,
    // The account begins the day flat: all profit is of today.
    unrealized_intraday_pl: profit === null ? null : money(profit),
    unrealized_intraday_plpc: percent,
    current_price: price === null ? null : decimal(price),
    lastday_price: null,
    change_today: null,
  };
}

function marketValue(position: BrokerPosition, simulation: Simulation): Usd | null {
  const quote = simulation.nbbo(position.symbol);
  const price = quote === undefined ? null : midpoint(quote);
  return price === null ? null : worth(price, position.quantity, multiplierOf(position, simulation));
}

function multiplierOf(position: BrokerPosition, simulation: Simulation): number {
  return simulation.index.contracts.get(position.symbol)?.multiplier ?? 1;
}

/** Contracts that no live order is about to close; signed like the position. */
function available(position: BrokerPosition, simulation: Simulation): number {
  let reserved = 0;
  for (const record of simulation.orders.records()) {
    if (isTerminal(record.status)) continue;
    for (const leg of record.legs) {
      if (leg.symbol !== position.symbol || opens(leg.intent)) continue;
      reserved += record.order.quantity * leg.ratio - leg.filledQuantity;
    }
  }
  return Math.sign(position.quantity) * Math.max(0, Math.abs(position.quantity) - reserved);
}
