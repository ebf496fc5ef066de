import { TradingError } from '@trading-agent/core';
import type { MarketDate } from '@trading-agent/core';
import type { MarketIdentity } from '../synthetic-market.ts';

/**
 * - `stocks`: minute and day bars of shares, `indices`: minute bars of `I:SPX` and `I:VIX`.
 * - `quotes`: option quotes, a row per sampled minute in which a quote changed (`us_options_opra/quotes_v1_1min_samples`).
 * - `option-bars`: minute and day bars of options, `trades`: the prints behind them (`us_options_opra/trades_v1`).
 * - `open-interest`: contracts outstanding before the session (`reference/open_interest`).
 * - `actions`: dividends and splits (`reference/corporate_actions`).
 */
export type FilePart = 'stocks' | 'indices' | 'quotes' | 'option-bars' | 'trades' | 'open-interest' | 'actions';
export const FILE_PARTS: readonly FilePart[] = [
  'stocks',
  'indices',
  'quotes',
  'option-bars',
  'trades',
  'open-interest',
  'actions',
];
/** All but single prints. */
export const DEFAULT_PARTS: readonly FilePart[] = FILE_PARTS.filter((part) => part !== 'trades');

/** Which option quotes are written. */
export interface QuoteSampling {
  /** Minutes between samples of contracts near the money and the expiry. */
  readonly nearEvery: number;
  /** Minutes between samples of all others. */
  readonly every: number;
  /** Near: expires within so many days, and its strike lies within so many standard deviations of the first price of the day. */
  readonly nearDays: number;
  readonly nearDeviations: number;
  /** Options that expire further ahead are left out, days. */
  readonly expiryDays: number;
}

export const DEFAULT_SAMPLING: QuoteSampling = {
  nearEvery: 1,
  every: 30,
  nearDays: 45,
  nearDeviations: 2,
  expiryDays: 63,
};

export interface FilesRequest extends MarketIdentity {
  readonly symbols: readonly string[];
  /** Market dates, both included. */
  readonly from: MarketDate;
  readonly to: MarketDate;
  /** Folder of flat files, made when missing. */
  readonly toDir: string;
  readonly parts?: readonly FilePart[];
  readonly sampling?: Partial<QuoteSampling>;
}

/** Everything that decides the bytes of a day. */
export interface FilesPlan {
  readonly identity: MarketIdentity;
  /** Ascending. */
  readonly symbols: readonly string[];
  readonly parts: readonly FilePart[];
  readonly sampling: QuoteSampling;
}

/** @throws {TradingError} `INVALID_VALUE` without a symbol or part, `OUT_OF_RANGE` for samplings that are no whole minutes or days. */
export function filesPlan(request: FilesRequest): FilesPlan {
  const { seed, kind = 'synthetic', strength } = request;
  const symbols = [...new Set(request.symbols)].sort();
  const wanted = new Set(request.parts ?? DEFAULT_PARTS);
  const parts = FILE_PARTS.filter((part) => wanted.has(part));
  if (symbols.length === 0 || parts.length === 0)
    throw new TradingError('INVALID_VALUE', 'Expected at least one symbol and one part to generate, got none');
  const sampling = { ...DEFAULT_SAMPLING, ...request.sampling };
  const { every, nearEvery, nearDays, nearDeviations, expiryDays } = sampling;
  for (const [name, value, least] of [
    ['every', every, 1],
    ['nearEvery', nearEvery, 1],
    ['nearDays', nearDays, 0],
    ['expiryDays', expiryDays, 0],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < least)
      throw new TradingError('OUT_OF_RANGE', `Expected ${name} to be a whole number from ${least} on, was ${value}`);
  }
  if (!(nearDeviations >= 0))
    throw new TradingError('OUT_OF_RANGE', `Expected nearDeviations from 0 on, was ${nearDeviations}`);
  return {
    identity: { seed: String(seed), kind, ...(strength !== undefined && { strength }) },
    symbols,
    parts,
    sampling,
  };
}
