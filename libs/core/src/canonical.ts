import { createHash } from 'node:crypto';
import { TradingError } from './errors.ts';

/** Plain data: what can be journaled, hashed and sent. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * JSON with object keys in code-unit order and `undefined` members left out: equal data gives equal text.
 * @throws {TradingError} `INVALID_VALUE` for NaN, infinities, functions, bigints and class instances other than arrays.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TradingError('INVALID_VALUE', `Can't write ${value} as JSON`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && isPlain(value)) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  throw new TradingError('INVALID_VALUE', `Can't write a ${typeof value} as JSON`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** A running SHA-256 over an ordered sequence of plain data. */
export class Fingerprint {
  readonly #hash = createHash('sha256');

  add(value: unknown): void {
    this.#hash.update(canonicalJson(value));
    this.#hash.update('\n');
  }

  /** Hexadecimal digest of everything added so far; more may be added afterwards. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
