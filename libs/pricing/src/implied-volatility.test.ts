import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { optionGreeks, optionPrice } from './european.ts';
import { type ImpliedVolatility, impliedVolatility } from './implied-volatility.ts';
import { normalCdf } from './normal.ts';

/** The volatility found, NaN for any other outcome. */
const volatilityOf = (found: ImpliedVolatility): number => (found.kind === 'ok' ? found.volatility : Number.NaN);

interface Row {
  readonly S: number;
  readonly K: number;
  readonly T: number;
  readonly r: number;
  readonly q: number;
  readonly type: 'call' | 'put';
  readonly price: number;
  readonly ivOfDoublePrice: number | null;
  readonly ivConditionRel: number | null;
}

const file = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/pricing/european_mpmath50.json`;
describe.skipIf(!existsSync(file))(`50-digit implied volatilities of ${file}`, () => {
  const rows = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly rows: readonly Row[] }).rows
    : [];
  test.each(rows)('$type S=$S K=$K T=$T: within 1e-14 or 4 times the attainable', (row) => {
    const found = impliedVolatility({
      price: row.price,
      spot: row.S,
      strike: row.K,
      years: row.T,
      rate: row.r,
      yield: row.q,
      right: row.type,
    });
    const error = Math.abs(volatilityOf(found) / (row.ivOfDoublePrice ?? Number.NaN) - 1);
    expect(error).toBeLessThan(Math.max(1e-14, 4 * (row.ivConditionRel ?? 0)));
  });
});

interface BlackRow {
  readonly q: 1 | -1;
  readonly F: number;
  readonly K: number;
  readonly T: number;
  readonly sigma: number;
  readonly black: number;
  readonly z: number;
  readonly norm_cdf: number;
  readonly implied_volatility_from_a_transformed_rational_guess: number;
  /** Logarithm of forward over strike, and deviation; the next ones are in units of the root of their product. */
  readonly x: number;
  readonly s: number;
  readonly normalised_black: number;
  readonly normalised_black_call: number;
  readonly normalised_vega: number;
  readonly normalised_implied_volatility_from_a_transformed_rational_guess: number;
}

const jaeckel = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/pricing/lbr_vollib_testvalues.json`;
describe.skipIf(!existsSync(jaeckel))(`outputs of the C++ "Let's Be Rational" in ${jaeckel}`, () => {
  const rows = existsSync(jaeckel)
    ? (JSON.parse(readFileSync(jaeckel, 'utf8')) as { readonly rows: readonly BlackRow[] }).rows
    : [];
  test('the undiscounted Black value, its implied volatility and the normal distribution agree to 1e-12', () => {
    expect(rows.length).toBeGreaterThan(100);
    let recovered = 0;
    for (const row of rows) {
      const terms = {
        spot: row.F,
        strike: row.K,
        years: row.T,
        rate: 0,
        yield: 0,
        right: row.q === 1 ? ('call' as const) : ('put' as const),
      };
      const { price, vega } = optionGreeks({ ...terms, volatility: row.sigma });
      expect(Math.abs(price - row.black)).toBeLessThan(1e-12 * Math.max(1, row.F, row.K));
      expect(Math.abs(normalCdf(row.z) / row.norm_cdf - 1)).toBeLessThan(1e-12);
      // In the money the price's own rounding, not the solver, limits what can be recovered; where it swallows the time value nothing can.
      const attainable = (Math.max(row.F, row.K) * Number.EPSILON) / (vega * 100 * row.sigma);
      if (!(attainable < 1e-3)) continue;
      recovered += 1;
      const found = volatilityOf(impliedVolatility({ ...terms, price: row.black }));
      expect(Math.abs(found / row.sigma - 1)).toBeLessThan(1e-12 + 8 * attainable);
      const theirs = row.implied_volatility_from_a_transformed_rational_guess;
      expect(Math.abs(found / theirs - 1)).toBeLessThan(1e-12 + 8 * attainable);
    }
    expect(recovered).toBeGreaterThan(0.8 * rows.length);
  });

  test('so do the normalised value, vega and deviation (a year of forward e^x/2 and strike e^-x/2)', () => {
    let recovered = 0;
    for (const row of rows) {
      const terms = { spot: Math.exp(row.x / 2), strike: Math.exp(-row.x / 2), years: 1, rate: 0, yield: 0 };
      const right = row.q === 1 ? ('call' as const) : ('put' as const);
      const call = optionGreeks({ ...terms, volatility: row.s, right: 'call' });
      expect(Math.abs(optionPrice({ ...terms, volatility: row.s, right }) - row.normalised_black)).toBeLessThan(1e-14);
      expect(Math.abs(call.price - row.normalised_black_call)).toBeLessThan(1e-14);
      expect(Math.abs(call.vega * 100 - row.normalised_vega)).toBeLessThan(1e-14);
      const attainable = (2 * Number.EPSILON) / (row.normalised_vega * row.s);
      if (!(attainable < 1e-3)) continue;
      recovered += 1;
      const found = volatilityOf(impliedVolatility({ ...terms, right, price: row.normalised_black }));
      const theirs = row.normalised_implied_volatility_from_a_transformed_rational_guess;
      expect(Math.abs(found / theirs - 1)).toBeLessThan(1e-12 + 8 * attainable);
    }
    expect(recovered).toBeGreaterThan(0.8 * rows.length);
  });
});

const terms = fc.record({
  spot: fc.double({ min: 1, max: 2_000, noNaN: true }),
  strike: fc.double({ min: 1, max: 2_000, noNaN: true }),
  years: fc.double({ min: 1e-5, max: 3, noNaN: true }),
  rate: fc.double({ min: -0.02, max: 0.12, noNaN: true }),
  yield: fc.double({ min: 0, max: 0.08, noNaN: true }),
  right: fc.constantFrom('call' as const, 'put' as const),
});

test('recovers the volatility wherever the price carries it', () => {
  fc.assert(
    fc.property(terms, fc.double({ min: 0.03, max: 3, noNaN: true }), (t, volatility) => {
      const { price, vega } = optionGreeks({ ...t, volatility });
      // Rounding of spot, strike and price moves the volatility by about this much.
      const attainable = ((t.spot + t.strike) * 1e-15) / (vega * 100);
      fc.pre(attainable < 1e-6 && price > 0);
      const found = impliedVolatility({ ...t, price });
      expect(Math.abs(volatilityOf(found) - volatility)).toBeLessThan(1e-11 + 20 * attainable);
    }),
    { numRuns: 2_000 },
  );
});

test('any input has an outcome, and a volatility found is a positive finite number', () => {
  const any = fc.oneof(fc.double(), fc.constantFrom(0, -1, 1e300, 1e-300, 100));
  fc.assert(
    fc.property(any, any, any, any, any, any, (price, spot, strike, years, rate, dividendYield) => {
      for (const right of ['call', 'put'] as const) {
        const found = impliedVolatility({ price, spot, strike, years, rate, yield: dividendYield, right });
        const volatility = volatilityOf(found);
        const sound = found.kind !== 'ok' || (volatility > 0 && Number.isFinite(volatility));
        expect(sound).toBe(true);
        expect(['ok', 'below-intrinsic', 'above-maximum', 'no-quote', 'expired']).toContain(found.kind);
      }
    }),
    { numRuns: 5_000 },
  );
});

const option = { spot: 100, strike: 90, years: 0.5, rate: 0.02, yield: 0.01, right: 'call' } as const;
test.each([
  [{ price: null }, 'no-quote'],
  [{ price: 0 }, 'no-quote'],
  [{ price: Number.NaN }, 'no-quote'],
  [{ price: 12, spot: Number.NaN }, 'no-quote'],
  [{ price: 12, spot: 1e150 }, 'no-quote'],
  [{ price: 12, years: 0 }, 'expired'],
  [{ price: 12, years: -1 }, 'expired'],
  [{ price: null, years: 0 }, 'no-quote'],
  [{ price: 12, years: Number.NaN }, 'no-quote'],
  // Exactly what a volatility of nothing and an endless one give.
  [{ price: 10, rate: 0, yield: 0 }, 'below-intrinsic'],
  [{ price: 100, rate: 0, yield: 0 }, 'above-maximum'],
  [{ price: 90, rate: 0, yield: 0, right: 'put' }, 'above-maximum'],
  [{ price: 9, strike: 90 }, 'below-intrinsic'],
  [{ price: 100 }, 'above-maximum'],
  [{ price: 12 }, 'ok'],
] as const)('%o is %s', (change, kind) => {
  expect(impliedVolatility({ ...option, ...change }).kind).toBe(kind);
});

test('prices of 1e-280 and within one part in 1e14 of the maximum still have their volatility', () => {
  const far = { spot: 100, strike: 300, years: 0.1, rate: 0, yield: 0, right: 'call' } as const;
  const small = impliedVolatility({ ...far, price: 1e-280 });
  expect(optionPrice({ ...far, volatility: volatilityOf(small) }) / 1e-280).toBeCloseTo(1, 9);
  const large = impliedVolatility({ ...far, price: 100 * (1 - 1e-14) });
  expect(volatilityOf(large)).toBeGreaterThan(40);
});
