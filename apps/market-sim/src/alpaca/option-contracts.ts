import { nyDate } from '@trading-agent/calendar';
import { type MarketDate, addDays, isTradingError, marketDate, weekday } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import type { Simulation } from '../market/simulation.ts';
import { decimal } from './decimals.ts';
import { assetId } from './order-object.ts';
import { badParameter, notFound } from './replies.ts';

type Query = Readonly<Record<string, string>>;

/** Body of `GET /v2/options/contracts`; without an expiry filter only up to the coming weekend, as the broker does. */
export function optionContractsPage(query: Query, simulation: Simulation): Readonly<Record<string, unknown>> {
  const today = nyDate(simulation.now);
  const limit = whole('limit', query['limit'], 100, 10_000);
  const offset = pageOffset(query['page_token']);
  const status = oneOf('status', query['status'], ['active', 'inactive']) ?? 'active';
  const matches = termsFilter(query, today);
  const underlyings = query['underlying_symbols']?.split(',');
  const pool =
    underlyings === undefined
      ? [...simulation.index.contracts.values()]
      : underlyings.flatMap((symbol) => simulation.index.contractsOf(symbol));
  const found = pool
    .filter((contract) => contract.expiry >= today === (status === 'active') && matches(contract))
    .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  const rows = found.slice(offset, offset + limit);
  const next = offset + rows.length;
  return {
    option_contracts: rows.map((contract) => contractObject(contract, today)),
    next_page_token: next < found.length ? Buffer.from(String(next)).toString('base64url') : null,
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
  const is = date('expiration_date', query);
  const from = date('expiration_date_gte', query);
  const to = date('expiration_date_lte', query) ?? (is || from ? undefined : comingWeekend(today));
  const type = oneOf('type', query['type'], ['call', 'put']);
  const style = oneOf('style', query['style'], ['american', 'european']);
  const root = query['root_symbol'];
  const low = number('strike_price_gte', query);
  const high = number('strike_price_lte', query);
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

function date(name: string, query: Query): MarketDate | undefined {
  const text = query[name];
  if (!text) return undefined;
  try {
    return marketDate(text);
  } catch (error) {
    if (isTradingError(error, 'INVALID_DATE')) throw badParameter(`${name} must be YYYY-MM-DD`);
    throw error;
  }
}

function number(name: string, query: Query): number | undefined {
  const text = query[name];
  if (!text) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw badParameter(`${name} must be a number`);
  return value;
}

function whole(name: string, text: string | undefined, standard: number, most: number): number {
  const value = text ? Number(text) : standard;
  if (!Number.isInteger(value) || value < 1 || value > most) throw badParameter(`${name} must be from 1 to ${most}`);
  return value;
}

function oneOf<const T extends string>(name: string, text: string | undefined, allowed: readonly T[]): T | undefined {
  if (!text) return undefined;
  const found = allowed.find((candidate) => candidate === text);
  if (found === undefined) throw badParameter(`${name} must be one of ${allowed.join(', ')}`);
  return found;
}

function pageOffset(token: string | undefined): number {
  if (!token) return 0;
  const offset = Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (!Number.isInteger(offset) || offset < 0) throw badParameter('invalid page_token');
  return offset;
}
