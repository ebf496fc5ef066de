import { type MarketDate, type Micros, isTradingError, marketDate, microsFromRfc3339 } from '@trading-agent/core';
import { badParameter } from './replies.ts';
import { normalizedInstant } from './times.ts';

/** Query parameters of one request. One that is empty counts as not given; a malformed one is refused with 422 by name. */
export type Query = Readonly<Record<string, string>>;

/** A date, YYYY-MM-DD. @throws {BrokerRefusal} */
export function dateOf(name: string, query: Query): MarketDate | undefined {
  return parsedDate(name, query[name]);
}

/** A date, or the date that an instant begins with. @throws {BrokerRefusal} */
export function dayOf(name: string, query: Query): MarketDate | undefined {
  return parsedDate(name, query[name]?.slice(0, 10));
}

function parsedDate(name: string, text: string | undefined): MarketDate | undefined {
  if (!text) return undefined;
  try {
    return marketDate(text);
  } catch (error) {
    if (isTradingError(error, 'INVALID_DATE')) throw badParameter(`${name} must be YYYY-MM-DD`);
    throw error;
  }
}

/** @throws {BrokerRefusal} */
export function numberOf(name: string, query: Query): number | undefined {
  const text = query[name];
  if (!text) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw badParameter(`${name} must be a number`);
  return value;
}

/** An instant to the nanosecond, in the form of `rfc3339Nanos`. @throws {BrokerRefusal} */
export function nanosOf(name: string, query: Query): string | undefined {
  const text = query[name];
  if (!text) return undefined;
  const normalized = normalizedInstant(text);
  if (normalized === undefined) throw badParameter(`${name} must be an RFC 3339 time or a date`);
  return normalized;
}

/** An instant. @throws {BrokerRefusal} */
export function instantOf(name: string, query: Query): Micros | undefined {
  const nanos = nanosOf(name, query);
  return nanos === undefined ? undefined : microsFromRfc3339(nanos);
}

/** A number of rows from 1 to `most`. @throws {BrokerRefusal} */
export function countOf(name: string, query: Query, usual: number, most: number): number {
  const count = numberOf(name, query) ?? usual;
  if (!Number.isInteger(count) || count < 1 || count > most) throw badParameter(`${name} must be from 1 to ${most}`);
  return count;
}

/** @throws {BrokerRefusal} */
export function oneOf<const T extends string>(name: string, query: Query, allowed: readonly T[]): T | undefined {
  const text = query[name];
  if (!text) return undefined;
  const found = allowed.find((candidate) => candidate === text);
  if (found === undefined) throw badParameter(`${name} must be one of ${allowed.join(', ')}`);
  return found;
}

/** The rows that `limit` and `page_token` ask for, and the token of the next page. @throws {BrokerRefusal} */
export function pageOf<T>(
  rows: readonly T[],
  query: Query,
  usual: number,
  most: number,
): { readonly rows: readonly T[]; readonly next: string | null } {
  const limit = countOf('limit', query, usual, most);
  const token = query['page_token'];
  const offset = token ? Number(Buffer.from(token, 'base64').toString('latin1')) : 0;
  if (!Number.isInteger(offset) || offset < 0) throw badParameter('invalid page_token');
  const next = offset + limit;
  return {
    rows: rows.slice(offset, next),
    next: next < rows.length ? Buffer.from(String(next), 'latin1').toString('base64') : null,
  };
}
