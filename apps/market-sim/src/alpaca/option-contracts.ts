import { nyDate } from '@trading-agent/calendar';
import { type MarketDate, addDays, weekday } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import type { Simulation } from '../market/simulation.ts';
import { decimal } from './decimals.ts';
import { assetId } from './order-object.ts';
import { type Query, dateOf, numberOf, oneOf, pageOf } from './query.ts';
import { notFound } from './replies.ts';

/** Body of `GET /v2/options/contracts`; without an expiry filter only up to the coming weekend, as the broker does. */
export function optionContractsPage(query: Query, simulation: Simulation): Readonly<Record<string, unknown>> {
  const today = nyDate(simulation.now);
  const status = oneOf('status', query, ['active', 'inactive']) ?? 'active';
  const matches = termsFilter(query, today);
  const underlyings = query['underlying_symbols']?.split(',');
  const pool =
    underlyings === undefined
      ? [...simulation.index.contracts.values()]
      : underlyings.flatMap((symbol) => simulation.index.contractsOf(symbol));
  const found = pool
    .filter((contract) => contract.expiry >= today === (status === 'active') && matches(contract))
    .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  const page = pageOf(found, query, 100, 10_000);
  return {
    option_contracts: page.rows.map((contract) => contractObject(contract, today)),
    next_page_token: page.next,
  };
}

/** Body of `GET /v2/options/contracts/{symbol_or_id}`. @throws {BrokerRefusal} 404 when there is no such contract. */
export function optionContractObject(symbolOrId: string, simulation: Simulation): Readonly<Record<string, unknown>> {
  const contract =
    simulation.index.contracts.get(symbolOrId) ??
    [...simulation.index.contracts.values()].find((candidate) => assetId(candidate.symbol) === symbolOrId);
  if (!contract) throw notFound(`option contract ${symbolOrId} not found`);
  return contractObject(contract, nyDate(simulation.now));
}

function termsFilter(query: Query, today: MarketDate): (contract: OptionContract) => boolean {
  const is = dateOf('expiration_date', query);
  const from = dateOf('expiration_date_gte', query);
  const to = dateOf('expiration_date_lte', query) ?? (is || from ? undefined : comingWeekend(today));
  const type = oneOf('type', query, ['call', 'put']);
  const style = oneOf('style', query, ['american', 'european']);
  const root = query['root_symbol'];
  const low = numberOf('strike_price_gte', query);
  const high = numberOf('strike_price_lte', query);
  return (contract) =>
    (is === undefined || contract.expiry === is) &&
    (from === undefined || contract.expiry >= from) &&
    (to === undefined || contract.expiry <= to) &&
    (type === undefined || contract.right === type) &&
    (style === undefined || contract.style === style) &&
    (root === undefined || contract.root === root) &&
    (low === undefined || contract.strike >= low) &&
    (high === undefined || contract.strike <= high);
}

function contractObject(contract: OptionContract, today: MarketDate): Readonly<Record<string, unknown>> {
  return {
    id: assetId(contract.symbol),
    symbol: contract.symbol,
    name: contractName(contract),
    status: contract.expiry >= today ? 'active' : 'inactive',
    tradable: contract.expiry >= today && !contract.adjusted,
    expiration_date: contract.expiry,
    root_symbol: contract.root,
    underlying_symbol: contract.underlying,
    underlying_asset_id: assetId(contract.underlying),
    type: contract.right,
    style: contract.style,
    strike_price: decimal(contract.strike),
    multiplier: String(contract.multiplier),
    size: String(contract.multiplier),
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `AAPL Jun 20 2025 100 Call`. */
function contractName({ root, expiry, strike, right }: OptionContract): string {
  const month = MONTHS[Number(expiry.slice(5, 7)) - 1] ?? '';
  const side = right === 'call' ? 'Call' : 'Put';
  return `${root} ${month} ${expiry.slice(8)} ${expiry.slice(0, 4)} ${decimal(strike)} ${side}`;
}

/** The Sunday at or after `today`. */
function comingWeekend(today: MarketDate): MarketDate {
  return addDays(today, (7 - weekday(today)) % 7);
}
