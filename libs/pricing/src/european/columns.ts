import { TradingError } from '@trading-agent/core';

export type Right = 'call' | 'put';

/** What a European option's value depends on, except its volatility. */
export interface OptionTerms {
  /** Price of the underlying, dollars per share. */
  readonly spot: number;
  readonly strike: number;
  /** Time to expiry in years of 365 days; zero or negative is expired. */
  readonly years: number;
  /** Continuously compounded risk-free rate, decimal. */
  readonly rate: number;
  /** Continuously compounded dividend yield, decimal. */
  readonly yield: number;
  readonly right: Right;
}

/** Contracts as structure of arrays: one element each per contract; units as in `OptionTerms`. */
export interface OptionColumns {
  readonly spot: Float64Array;
  readonly strike: Float64Array;
  /** Years of 365 days to expiry. */
  readonly years: Float64Array;
  /** Continuously compounded, decimal. */
  readonly rate: Float64Array;
  /** Continuously compounded, decimal. */
  readonly yield: Float64Array;
  /** 1 for a call, 0 for a put. */
  readonly call: Uint8Array;
}

/** The caller's output arrays of `priceColumns`; units as in `OptionGreeks`. */
export interface GreekColumns {
  readonly price: Float64Array;
  readonly delta: Float64Array;
  readonly gamma: Float64Array;
  readonly vega: Float64Array;
  readonly theta: Float64Array;
  readonly rho: Float64Array;
  /** Numbers of `OUTCOMES`. */
  readonly status: Uint8Array;
}

/** The caller's output arrays of `higherGreekColumns`. */
export interface HigherGreekColumns {
  /** Change of delta per 0.01 of volatility (equally: of vega per dollar of spot). */
  readonly vanna: Float64Array;
  /** Change of vega (per 0.01) per 0.01 of volatility. */
  readonly volga: Float64Array;
  /** Change of delta per calendar day. */
  readonly charm: Float64Array;
  readonly status: Uint8Array;
}

/** The caller's output arrays of the implied volatility batches. */
export interface VolatilityColumns {
  /** Annual, decimal; 0 where the status is not `ok`. */
  readonly volatility: Float64Array;
  readonly status: Uint8Array;
}

/** @throws {TradingError} `INVALID_VALUE` when a column ends before row `first + count`: the one thing a batch refuses as a whole. */
export function assertColumns(count: number, columns: readonly { readonly length: number }[], first = 0): void {
  if (!Number.isInteger(count) || count < 0 || !Number.isInteger(first) || first < 0) {
    throw new TradingError('INVALID_VALUE', `Expected a number of rows and a first row, were ${count} and ${first}`);
  }
  const short = columns.findIndex((column) => column.length < first + count);
  if (short < 0) return;
  throw new TradingError(
    'INVALID_VALUE',
    `Expected columns of at least ${first + count} rows, column ${short} is shorter`,
    {
      hint: 'Give every input and output array an element for every row.',
    },
  );
}

/** Where new columns live: in this thread's memory, or in memory that `PricingShards` can work on. */
export type ColumnMemory = 'own' | 'shared';

/** A column of volatilities or prices. */
export function newColumn(count: number, memory: ColumnMemory = 'own'): Float64Array {
  return memory === 'own' ? new Float64Array(count) : new Float64Array(new SharedArrayBuffer(8 * count));
}

function flags(count: number, memory: ColumnMemory): Uint8Array {
  return memory === 'own' ? new Uint8Array(count) : new Uint8Array(new SharedArrayBuffer(count));
}

export function newOptionColumns(count: number, memory: ColumnMemory = 'own'): OptionColumns {
  return {
    spot: newColumn(count, memory),
    strike: newColumn(count, memory),
    years: newColumn(count, memory),
    rate: newColumn(count, memory),
    yield: newColumn(count, memory),
    call: flags(count, memory),
  };
}

/** Writes a contract into the first row of the columns. */
export function writeContract(terms: OptionTerms, columns: OptionColumns): void {
  columns.spot[0] = terms.spot;
  columns.strike[0] = terms.strike;
  columns.years[0] = terms.years;
  columns.rate[0] = terms.rate;
  columns.yield[0] = terms.yield;
  columns.call[0] = terms.right === 'call' ? 1 : 0;
}

export function newGreekColumns(count: number, memory: ColumnMemory = 'own'): GreekColumns {
  return {
    price: newColumn(count, memory),
    delta: newColumn(count, memory),
    gamma: newColumn(count, memory),
    vega: newColumn(count, memory),
    theta: newColumn(count, memory),
    rho: newColumn(count, memory),
    status: flags(count, memory),
  };
}

export function newHigherGreekColumns(count: number, memory: ColumnMemory = 'own'): HigherGreekColumns {
  return {
    vanna: newColumn(count, memory),
    volga: newColumn(count, memory),
    charm: newColumn(count, memory),
    status: flags(count, memory),
  };
}

export function newVolatilityColumns(count: number, memory: ColumnMemory = 'own'): VolatilityColumns {
  return { volatility: newColumn(count, memory), status: flags(count, memory) };
}
