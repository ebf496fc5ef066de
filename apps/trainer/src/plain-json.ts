import { canonicalJson, type Json } from '@trading-agent/core';

/**
 * Plain data of a declared shape as the store takes it.
 * @throws {TradingError} `INVALID_VALUE` for what JSON can't hold, NaN for instance.
 */
export function plainJson(value: object): Json {
  const json: Json = JSON.parse(canonicalJson(value));
  return json;
}

/** A member of stored JSON; undefined when there is none or `json` is no object. */
export function member(json: Json | undefined, key: string): Json | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  return Object.entries(json).find(([name]) => name === key)?.[1];
}
