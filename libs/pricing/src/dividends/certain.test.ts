import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionGreeks } from '../european.ts';
import { certainPrice, discreteDividendPrice } from './dividend-price.ts';
import { finiteDifferencePrice } from './finite-difference.ts';
import { FINE } from './heat-resolution.ts';
import type { DividendOption } from './model.ts';

const quarterly = (cash: number, first = 0.1, count = 4) =>
  Array.from({ length: count }, (_, k) => ({ years: first + 0.25 * k, cash, proportion: 0 }));

describe('where next to nothing is uncertain', () => {
  it('an option is exercised at the best of all instants: of 2,000 tried one by one, within spans too', () => {
    const STEPS = 2_000;
    // Doubles of fast-check crowd at zero.
    const even = (low: number, high: number) =>
      fc.integer({ min: 0, max: 1e6 }).map((one) => low + ((high - low) * one) / 1e6);
    let within = 0;
    fc.assert(
      fc.property(
        fc.record({
          strike: even(60, 160),
          years: even(0.2, 8),
          rate: even(-0.05, 0.3),
          yield: even(-0.05, 0.3),
          cash: even(0, 8),
          ex: even(0.05, 0.15),
          right: fc.constantFrom('call' as const, 'put' as const),
        }),
        ({ ex, cash, ...terms }) => {
          const dividends = [{ years: ex, cash, proportion: 0.01 }];
          const option = { ...terms, spot: 100, volatility: 0, exercise: 'american', dividends } as const;
          const { rate, years, strike } = terms;
          const carry = rate - terms.yield;
          const sign = terms.right === 'call' ? 1 : -1;
          const paid = (100 * Math.exp(carry * ex) * 0.99 - cash) * Math.exp(-carry * ex);
          const at = (t: number, spot: number) => sign * (spot * Math.exp(carry * t) - strike) * Math.exp(-rate * t);
          let best = Math.max(0, at(ex, 100));
          let inner = false;
          for (let k = 0; k <= STEPS; k += 1) {
            const t = (k / STEPS) * years;
            const value = at(t, t < ex ? 100 : paid);
            if (value <= best) continue;
            best = value;
            inner = k > 0 && k < STEPS && Math.abs(t - ex) > years / STEPS;
          }
          if (inner) within += 1;
          const found = certainPrice(option);
          expect(found).toBeGreaterThanOrEqual(best - 1e-9);
          expect(found).toBeLessThan(best + 1e-3 + 160 * (years / STEPS) * (Math.abs(rate) + Math.abs(terms.yield)));
        },
      ),
      { numRuns: 300, seed: 11 },
    );
    expect(within).toBeGreaterThan(8);
    // q > r: a put that is exercised when the yield's gain has become the interest's loss, not now and not at the end.
    const put = {
      spot: 100,
      strike: 150,
      years: 20,
      rate: 0.05,
      yield: 0.12,
      right: 'put',
      exercise: 'american',
    } as const;
    const option = { ...put, volatility: 0, dividends: [] };
    const instant = Math.log((0.12 * 100) / (0.05 * 150)) / 0.07;
    const best = 150 * Math.exp(-0.05 * instant) - 100 * Math.exp(-0.12 * instant);
    expect(certainPrice(option)).toBeCloseTo(best, 12);
    expect(best).toBeGreaterThan(54);
    expect(Math.max(50, 150 * Math.exp(-1) - 100 * Math.exp(-2.4))).toBeLessThan(best - 4);
    // Next to no volatility, by finite differences that know nothing of it.
    const fine = finiteDifferencePrice({ ...option, volatility: 0.01 }, { nodes: 800, steps: 800 }).price;
    expect(Math.abs(fine - best)).toBeLessThan(0.05);
  });

  it('a deep put is in its exercise region, like without a grid', () => {
    const put: DividendOption = {
      spot: 20,
      strike: 100,
      years: 0.1,
      rate: 0.03,
      yield: 0.01,
      volatility: 0.1,
      right: 'put',
      exercise: 'american',
      dividends: [],
    };
    const exercised = { kind: 'exercise-region', price: 80, delta: -1, gamma: 0, theta: 0 };
    expect(discreteDividendPrice(put)).toEqual(exercised);
    expect(discreteDividendPrice({ ...put, dividends: [{ years: 0.2, cash: 0.1, proportion: 0 }] })).toEqual(exercised);
    const european = discreteDividendPrice({ ...put, exercise: 'european' });
    const exact = optionGreeks({ ...put, right: 'put' });
    expect(european.price).toBeCloseTo(exact.price, 9);
    expect(european.delta).toBeCloseTo(exact.delta, 9);
    expect(european.theta).toBeCloseTo(exact.theta, 9);
    const waits = discreteDividendPrice({ ...put, dividends: [{ years: 0.05, cash: 1, proportion: 0 }] });
    expect(waits.kind).toBe('ok');
    expect(waits.theta).toBeCloseTo((0.03 * waits.price - 0.02 * 20 * -Math.exp(-0.01 * 0.05)) / 365, 6);
  });

  it('a volatility far below the carry still counts at the forward', () => {
    for (const volatility of [0.0005, 0.0007, 0.001, 0.0012, 0.0013, 0.002]) {
      for (const strike of [105, 105.1271, 105.2]) {
        const option = { spot: 100, strike, years: 1, rate: 0.05, yield: 0, volatility, right: 'call' } as const;
        const exact = optionGreeks(option);
        for (const exercise of ['european', 'american'] as const) {
          const value = discreteDividendPrice({ ...option, exercise, dividends: [] });
          expect(Math.abs(value.price - exact.price), JSON.stringify(option)).toBeLessThan(1e-4);
          expect(Math.abs(value.delta - exact.delta), JSON.stringify(option)).toBeLessThan(2e-3);
        }
      }
    }
    // With a dividend: on both sides of where the grid gives way.
    const paid = {
      spot: 100,
      strike: 103.1,
      years: 1,
      rate: 0.05,
      yield: 0,
      right: 'put',
      exercise: 'european',
    } as const;
    const dividends = [{ years: 0.4, cash: 1, proportion: 0.01 }];
    const at = (volatility: number) => discreteDividendPrice({ ...paid, dividends, volatility }, FINE).price;
    expect(Math.abs(at(0.00124) - at(0.00126))).toBeLessThan(1e-3);
  });

  it('an unbounded volatility gives the bound and its slope', () => {
    const option: DividendOption = {
      spot: 100,
      strike: 100,
      years: 1,
      rate: 0.03,
      yield: 0.02,
      volatility: 5.4,
      right: 'call',
      exercise: 'american',
      dividends: quarterly(1),
    };
    expect(discreteDividendPrice(option).price).toBeLessThanOrEqual(100);
    expect(discreteDividendPrice({ ...option, volatility: 1e6 })).toMatchObject({ price: 100, delta: 1, theta: 0 });
    const held = discreteDividendPrice({ ...option, volatility: 1e6, exercise: 'european', dividends: [] });
    expect(held.price).toBeCloseTo(100 * Math.exp(-0.02), 12);
    expect(held.delta).toBeCloseTo(Math.exp(-0.02), 12);
  });
});
