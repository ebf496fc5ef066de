import { expect, it } from 'vitest';
import { normalCdf, normalDensity } from '../../normal.ts';
import { kernel, newColumn } from './kernel-memory.ts';
import { type Terms, VectorFunctions } from './vector-functions.ts';

const PAIRS = 2_000;
const input = newColumn(2 * PAIRS);
const output = newColumn(6 * PAIRS);

/** Φ, φ, Φ again, and exp of every input. */
function evaluate(terms: Terms): () => void {
  return kernel((w) => {
    const f = new VectorFunctions(w, terms);
    const from = w.pointer(input.at);
    const to = w.pointer(output.at);
    w.repeat(PAIRS, () => {
      const x = w.keep(w.load(from.at));
      const [cdf, density] = f.both(x);
      w.store(to.at, 0, cdf);
      w.store(to.at, 16, density);
      w.store(to.at, 32, f.boundedExp(x));
      from.advance(16);
      to.advance(48);
    });
  });
}

function worst(terms: Terms, reach: number): { cdf: number; density: number; exp: number } {
  input.values.forEach((_, i) => (input.values[i] = reach * ((i * 0.618_033_988_75) % 2) - reach));
  evaluate(terms)();
  const found = { cdf: 0, density: 0, exp: 0 };
  input.values.forEach((x, i) => {
    const at = 6 * (i >> 1) + (i & 1);
    found.cdf = Math.max(found.cdf, Math.abs((output.values[at] ?? Number.NaN) - normalCdf(x)));
    found.density = Math.max(found.density, Math.abs((output.values[at + 2] ?? Number.NaN) - normalDensity(x)));
    found.exp = Math.max(found.exp, Math.abs((output.values[at + 4] ?? Number.NaN) / Math.exp(x) - 1));
  });
  return found;
}

it('are as exact as they say', () => {
  const full = worst(8, 9);
  expect(full.cdf).toBeLessThan(1e-15);
  expect(full.density).toBeLessThan(1e-13);
  const brief = worst(6, 9);
  expect(brief.cdf).toBeLessThan(5e-12);
  expect(brief.density).toBeLessThan(1e-9);
  expect(worst(6, 100).exp).toBeLessThan(4e-15);
  expect(worst(6, 600).exp).toBeLessThan(3e-14);
});

it('hold at the ends: 0 and 1 far out, a number where there is none', () => {
  input.values.set([-1e300, 1e300, -8, 8, Number.NaN, Number.NaN, -800, 800]);
  evaluate(8)();
  expect([...output.values.subarray(0, 4)]).toEqual([0, 1, 0, 0]);
  expect([...output.values.subarray(6, 10)]).toEqual([0, 1, 0, 0]);
  expect([...output.values.subarray(12, 18)].every((value) => value >= 0)).toBe(true);
  expect(output.values[22]).toBeLessThan(1e-303);
  expect(output.values[23]).toBeGreaterThan(1e303);
});
