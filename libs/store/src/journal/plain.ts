import { TradingError } from '@trading-agent/core';

/**
 * Refuses what JSON would change without a word: NaN and infinities become null, other objects lose their class.
 * @throws {TradingError} `INVALID_VALUE`
 */
export function assertPlain(value: unknown, what: string): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new TradingError('INVALID_VALUE', `${what} holds ${value}, which JSON can't say`);
  } else if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) {
      for (const item of value) assertPlain(item, what);
    } else if ('toJSON' in value || value instanceof Map || value instanceof Set) {
      throw new TradingError('INVALID_VALUE', `${what} holds an object that is not plain data`);
    } else {
      for (const member of Object.values(value)) assertPlain(member, what);
    }
  } else if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') {
    throw new TradingError('INVALID_VALUE', `${what} holds a ${typeof value}, which JSON can't say`);
  }
}

/** A journaled payload: plain, and something (the database keeps a bare null as absence). */
export function assertPayload(value: unknown, what: string): void {
  if (value === null || value === undefined) throw new TradingError('INVALID_VALUE', `${what} has no payload; give {}`);
  assertPlain(value, what);
}
