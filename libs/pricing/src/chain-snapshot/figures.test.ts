import fc from 'fast-check';
import { expect, test } from 'vitest';
import { figuresWithDividends } from './dividend-figures.ts';
import { type ListedOption, figuresAtPrice, figuresAtVolatility } from './figures.ts';

const option = fc.record({
  spot: fc.double({ min: 80, max: 125, noNaN: true }),
  strike: fc.constant(100),
  years: fc.double({ min: 0.05, max: 2, noNaN: true }),
  rate: fc.double({ min: 0, max: 0.08, noNaN: true }),
  yield: fc.double({ min: 0, max: 0.06, noNaN: true }),
  right: fc.constantFrom('call' as const, 'put' as const),
  style: fc.constantFrom('american' as const, 'european' as const),
});
const volatility = fc.double({ min: 0.12, max: 0.9, noNaN: true });

test('a price leads back to its volatility, in both styles, many at once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(option, volatility), { minLength: 1, maxLength: 12 }), (rows) => {
      const options = rows.map(([one]) => one);
      const priced = figuresAtVolatility(
        options,
        rows.map(([, value]) => value),
      );
      const found = figuresAtPrice(
        options,
        priced.map(({ greeks }) => greeks?.price ?? null),
      );
      for (const [i, { outcome, greeks }] of priced.entries()) {
        const again = found[i];
        expect(again?.outcome === 'ok' || outcome === 'exercise-region' || (greeks?.vega ?? 0) < 1e-3).toBe(true);
        // Where the price carries the volatility: the kernels agree to 1e-5 of 100.
        const slack = 2e-5 / (100 * (greeks?.vega ?? 0));
        const distance = Math.abs((again?.volatility ?? rows[i]?.[1] ?? 0) - (rows[i]?.[1] ?? 0));
        expect(distance).toBeLessThan(Math.max(1e-6, slack));
      }
    }),
    { numRuns: 60 },
  );
});

const put: ListedOption = { spot: 70, strike: 100, years: 1, rate: 0.05, yield: 0, right: 'put', style: 'american' };
test.each([
  ['at its exercise value', put, 30, 'exercise-region'],
  ['below it', put, 29, 'below-intrinsic'],
  ['above the strike', put, 101, 'above-maximum'],
  ['without a quote', put, null, 'no-quote'],
  ['after expiry', { ...put, years: 0 }, 30, 'expired'],
])('an American put %s', (_what, one, price, outcome) => {
  expect(figuresAtPrice([one], [price])).toEqual([{ outcome, volatility: null, greeks: null }]);
});

test('contracts of one call each have their own rate, yield, life and spot', () => {
  const one: ListedOption = { ...put, spot: 95, rate: 0.05, yield: 0.02 };
  const options: ListedOption[] = [
    one,
    { ...one, rate: 0.01 },
    { ...one, yield: 0.06 },
    { ...one, years: 0.5 },
    { ...one, spot: 104 },
    { ...one, style: 'european' },
  ];
  const volatilities = options.map((_, i) => 0.2 + 0.05 * i);
  const priced = figuresAtVolatility(options, volatilities);
  priced.forEach((figures, i) => {
    expect(figures).toEqual(figuresAtVolatility(options.slice(i, i + 1), volatilities.slice(i, i + 1))[0]);
  });
  const found = figuresAtPrice(
    options,
    priced.map(({ greeks }) => greeks?.price ?? null),
  );
  found.forEach(({ volatility, greeks }, i) => {
    expect(volatility).toBeCloseTo(volatilities[i] ?? 0, 5);
    expect(greeks?.price).toBeCloseTo(priced[i]?.greeks?.price ?? 0, 10);
    expect(greeks?.rho).toBeCloseTo(priced[i]?.greeks?.rho ?? 0, 3);
  });
});

test('a volatility that is no number has no figures', () => {
  const [american, european] = figuresAtVolatility([put, { ...put, style: 'european' }], [Number.NaN, Number.NaN]);
  expect([american, european]).toEqual(Array(2).fill({ outcome: 'no-quote', volatility: null, greeks: null }));
});

test.each(['american', 'european'] as const)('%s figures with dividends', (style) => {
  const one: ListedOption = { spot: 100, strike: 105, years: 0.5, rate: 0.03, yield: 0, right: 'put', style };
  const dividends = [{ years: 0.2, cash: 1.5, proportion: 0 }];
  const priced = figuresWithDividends(one, dividends, { kind: 'volatility', value: 0.3 });
  const price = priced.greeks?.price ?? Number.NaN;
  const found = figuresWithDividends(one, dividends, { kind: 'price', value: price });
  expect(found.outcome).toBe('ok');
  expect(found.volatility).toBeCloseTo(0.3, 6);
  // Without a dividend it is the model of the batches.
  const plain = figuresWithDividends(one, [], { kind: 'volatility', value: 0.3 }).greeks;
  const batch = figuresAtVolatility([one], [0.3])[0]?.greeks;
  for (const name of ['price', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const)
    expect(Math.abs((plain?.[name] ?? Number.NaN) - (batch?.[name] ?? 0))).toBeLessThan(5e-4);
  expect(price).toBeGreaterThan(plain?.price ?? Number.NaN);
  expect(figuresWithDividends(one, dividends, { kind: 'price', value: 2 }).outcome).toBe('below-intrinsic');
  expect(figuresWithDividends(one, dividends, { kind: 'price', value: 200 }).outcome).toBe('above-maximum');
  expect(figuresWithDividends(one, dividends, { kind: 'price', value: 0 }).outcome).toBe('no-quote');
});

test('an hour before the expiry a dividend and thousands of percent have an answer', () => {
  const one: ListedOption = {
    spot: 100,
    strike: 100,
    years: 1 / 8_760,
    rate: 0,
    yield: 0,
    right: 'call',
    style: 'american',
  };
  const dividends = [{ years: 1 / 17_520, cash: 0.5, proportion: 0 }];
  const price = figuresWithDividends(one, dividends, { kind: 'volatility', value: 40 }).greeks?.price ?? Number.NaN;
  expect(figuresWithDividends(one, dividends, { kind: 'price', value: price }).volatility).toBeCloseTo(40, 6);
});
