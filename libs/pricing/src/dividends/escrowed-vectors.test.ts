import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionPrice } from '../european.ts';
import type { DividendOption } from './model.ts';
import { escrowedTree } from './testing/escrowed-tree.ts';

const file = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data/pricing/american_discrete_div_ql129.json');

interface Row {
  readonly type: 'call' | 'put';
  readonly S: number;
  readonly K: number;
  readonly days: number;
  readonly r: number;
  readonly q: number;
  readonly sigma: number;
  readonly divs: readonly (readonly [number, number])[];
  readonly americanEscrowed: number;
  readonly americanEscrowedErr: number;
  readonly europeanEscrowed: number;
}

const optionOf = (row: Row): DividendOption => ({
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

// The escrowed model is not this package's: the tree stands in tests only, as what a vendor uses.
describe.skipIf(!existsSync(file))(`the escrowed columns of ${file}`, () => {
  const rows: readonly Row[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).rows : [];

  it('European: Black and Scholes for the spot less the present value of the dividends', () => {
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const held = row.divs.reduce((sum, [day, cash]) => sum + cash * Math.exp((-row.r * day) / 365), 0);
      const price = optionPrice({ ...optionOf(row), spot: row.S - held });
      expect(Math.abs(price - row.europeanEscrowed), JSON.stringify(row)).toBeLessThan(1e-10);
    }
  });

  it('American: the tree of the tests, within what its steps leave', () => {
    for (const row of rows) {
      const off = Math.abs(escrowedTree(optionOf(row), 160).price - row.americanEscrowed);
      expect(off, JSON.stringify(row)).toBeLessThan(1e-2 + row.americanEscrowedErr);
    }
  });
});
