import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DividendOption } from '../model.ts';

/** QuantLib 1.29's finite differences of options with cash dividends, in the spot and in the escrowed model, with the error of each row's grid. */
export const VECTOR_FILE = join(
  process.env['TRADING_AGENT_SHARED'] ?? '../shared',
  'data/pricing/american_discrete_div_ql129.json',
);
export const hasVectors = existsSync(VECTOR_FILE);

export interface VectorRow {
  readonly type: 'call' | 'put';
  readonly S: number;
  readonly K: number;
  readonly days: number;
  readonly r: number;
  readonly q: number;
  readonly sigma: number;
  /** Day and cash. */
  readonly divs: readonly (readonly [number, number])[];
  readonly americanSpot: number;
  readonly americanSpotErr: number;
  readonly europeanSpot: number;
  readonly europeanSpotErr: number;
  readonly americanEscrowed: number;
  readonly americanEscrowedErr: number;
  readonly europeanEscrowed: number;
}

/** Empty where the file is absent. */
export const vectorRows: readonly VectorRow[] = hasVectors ? JSON.parse(readFileSync(VECTOR_FILE, 'utf8')).rows : [];

export const optionOf = (row: VectorRow): DividendOption => ({
  spot: row.S,
  strike: row.K,
  years: row.days / 365,
  rate: row.r,
  yield: row.q,
  volatility: row.sigma,
  right: row.type,
  exercise: 'american',
  dividends: row.divs.map(([day, cash]) => ({ years: day / 365, cash, proportion: 0 })),
});
