import { describe, expect, it } from 'vitest';
import { optionPrice } from '../european.ts';
import { escrowedTree } from './testing/escrowed-tree.ts';
import { hasVectors, optionOf, VECTOR_FILE, vectorRows } from './testing/vector-rows.ts';

// The escrowed model is not this package's: the tree stands in tests only, as what a vendor uses.
describe.skipIf(!hasVectors)(`the escrowed columns of ${VECTOR_FILE}`, () => {
  it('European: Black and Scholes for the spot less the present value of the dividends', () => {
    expect(vectorRows.length).toBeGreaterThan(0);
    for (const row of vectorRows) {
      const held = row.divs.reduce((sum, [day, cash]) => sum + cash * Math.exp((-row.r * day) / 365), 0);
      const price = optionPrice({ ...optionOf(row), spot: row.S - held });
      expect(Math.abs(price - row.europeanEscrowed), JSON.stringify(row)).toBeLessThan(1e-10);
    }
  });

  it('American: the tree of the tests, within what its steps leave', () => {
    for (const row of vectorRows) {
      const off = Math.abs(escrowedTree(optionOf(row), 160).price - row.americanEscrowed);
      expect(off, JSON.stringify(row)).toBeLessThan(1e-2 + row.americanEscrowedErr);
    }
  });
});
