import fc from 'fast-check';
import { expect, it } from 'vitest';
import { americanEngine } from './american-batch.ts';

it('many prices at one volatility are what each is by itself, calls and puts alike', () => {
  const count = 9;
  const ratios = Float64Array.from({ length: count }, (_, k) => 0.5 * 1.2 ** k);
  const out = new Float64Array(count);
  const rate = fc.double({ min: 0.001, max: 0.12, noNaN: true });
  const numbers = fc.record({
    years: fc.double({ min: 0.01, max: 3, noNaN: true }),
    rate,
    yield: rate,
    volatility: fc.double({ min: 0.03, max: 1.5, noNaN: true }),
    call: fc.boolean(),
  });
  fc.assert(
    fc.property(numbers, ({ volatility, call, ...terms }) => {
      const engine = americanEngine('fast');
      expect(engine.values(count, ratios, terms, volatility, call, out)).toBe(true);
      const told = out.slice();
      for (let k = 0; k < count; k += 1) {
        engine.evaluate(ratios[k] ?? 0, 1, terms.years, terms.rate, terms.yield, volatility, call, false);
        expect(Math.abs((told[k] ?? Number.NaN) - engine.price)).toBeLessThan(1e-12);
      }
    }),
    { numRuns: 60 },
  );
});

it('says so where there is no single boundary, and writes nothing', () => {
  const engine = americanEngine('fast');
  const out = Float64Array.of(7);
  const none = (terms: { years: number; rate: number; yield: number }, volatility = 0.2, call = false): void => {
    expect(engine.values(1, Float64Array.of(1), terms, volatility, call, out)).toBe(false);
    expect(out[0]).toBe(7);
  };
  none({ years: 1, rate: 0, yield: 0.02 });
  none({ years: 1, rate: 0.03, yield: 0 }, 0.2, true);
  none({ years: 1, rate: -0.01, yield: -0.03 });
  none({ years: 0, rate: 0.03, yield: 0 });
  none({ years: 1, rate: 0.03, yield: 0 }, Number.NaN);
  none({ years: 1, rate: Number.NaN, yield: 0 });
  none({ years: 1, rate: 0.03, yield: Number.NaN });
});
