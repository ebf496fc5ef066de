import type { OptionContract } from '@trading-agent/instruments';
import { BadRequest } from './replies.ts';
import type { Parameters } from './parameters.ts';

type SortKey = 'ticker' | 'underlying_ticker' | 'expiration_date' | 'strike_price';

/** The filters that contract lists and chain snapshots have in common. */
export function contractFilter(parameters: Parameters): (contract: OptionContract) => boolean {
  const type = parameters.oneOf('contract_type', ['call', 'put']);
  const expiry = parameters.range<string>('expiration_date', (name) => parameters.date(name));
  const strike = parameters.range('strike_price', (name) => parameters.number(name));
  return (contract) =>
    (type === undefined || contract.right === type) && expiry(contract.expiry) && strike(contract.strike);
}

/** The order asked for by `sort` and `order`; ties by ticker, so that pages never overlap. */
export function contractOrder(
  parameters: Parameters,
  allowed: readonly SortKey[],
): (a: OptionContract, b: OptionContract) => number {
  const key = parameters.oneOf('sort', allowed) ?? 'ticker';
  const direction = parameters.oneOf('order', ['asc', 'desc']) === 'desc' ? -1 : 1;
  return (a, b) => direction * (compare(value(a, key), value(b, key)) || compare(a.symbol, b.symbol));
}

/** Index options are asked for by the index (`SPX`) or by its ticker (`I:SPX`). */
export function underlyingName(text: string): string {
  return text.startsWith('I:') ? text.slice(2) : text;
}

/** The symbol inside `O:...`. @throws {BadRequest} when the prefix is missing. */
export function symbolOfTicker(ticker: string): string {
  if (!ticker.startsWith('O:')) throw new BadRequest(`an option ticker begins with 'O:', was '${ticker}'`);
  return ticker.slice(2);
}

function value(contract: OptionContract, key: SortKey): string | number {
  switch (key) {
    case 'underlying_ticker':
      return contract.underlying;
    case 'expiration_date':
      return contract.expiry;
    case 'strike_price':
      return contract.strike;
    case 'ticker':
      return contract.symbol;
  }
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
