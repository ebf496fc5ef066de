import { type Usd, ZERO_USD, addUsd, deriveUuid } from '@trading-agent/core';
import { nyInstant } from '@trading-agent/calendar';
import type { Simulation } from '../market/simulation.ts';
import type { AccountConfiguration } from './account-configuration.ts';
import { money, worth } from './decimals.ts';
import { rfc3339Nanos } from './times.ts';

export interface AccountView {
  readonly configuration: AccountConfiguration;
  /** Pattern-day-trader fields as the broker sent them until 2026-07-06. */
  readonly pdtFields: boolean;
}

/** Body of `GET /v2/account`. */
export function accountObject(
  simulation: Simulation,
  { configuration, pdtFields }: AccountView,
): Readonly<Record<string, unknown>> {
  const { account, positions, margin } = simulation;
  const values = positions.map(({ symbol, quantity }) => marketValue(symbol, quantity, simulation));
  const long = addUsd(...values.filter((value) => value > 0));
  const short = addUsd(...values.filter((value) => value < 0));
  const blocked = !account.tradable;
  return {
    id: deriveUuid('account', account.accountNumber),
    account_number: account.accountNumber,
    status: 'ACTIVE',
    currency: 'USD',
    cash: money(account.cash),
    equity: money(account.equity),
    last_equity: money(account.lastEquity ?? account.equity),
    portfolio_value: money(account.equity),
    buying_power: money(account.optionsBuyingPower),
    regt_buying_power: money(account.optionsBuyingPower),
    options_buying_power: money(account.optionsBuyingPower),
    non_marginable_buying_power: money(account.optionsBuyingPower),
    long_market_value: money(long),
    short_market_value: money(short),
    initial_margin: money(margin.initial ?? ZERO_USD),
    maintenance_margin: money(margin.maintenance ?? ZERO_USD),
    multiplier: '2',
    accrued_fees: '0',
    options_approved_level: account.optionsLevel,
    options_trading_level: Math.min(account.optionsLevel, configuration.max_options_trading_level ?? 3),
    trading_blocked: blocked,
    transfers_blocked: false,
    account_blocked: blocked,
    trade_suspended_by_user: configuration.suspend_trade,
    shorting_enabled: !configuration.no_shorting,
    created_at: rfc3339Nanos(nyInstant(simulation.session.date, '00:00')),
    balance_asof: simulation.session.date,
    ...(pdtFields && { pattern_day_trader: false, daytrade_count: 0, daytrading_buying_power: '0' }),
  };
}

function marketValue(symbol: string, quantity: number, simulation: Simulation): Usd {
  const price = simulation.mark(symbol);
  return price === null ? ZERO_USD : worth(price, quantity, simulation.contract(symbol)?.multiplier ?? 1);
}
