import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionPrice } from '../european.ts';
import { discreteDividendPrice } from './dividend-price.ts';
import { finiteDifferencePrice } from './finite-difference.ts';
import { FINE, type HeatResolution } from './heat-resolution.ts';
import { blendDividends, dividendForward, type DividendOption } from './model.ts';
import { hasVectors, optionOf, VECTOR_FILE, vectorRows } from './testing/vector-rows.ts';

describe.skipIf(!hasVectors)(`discrete dividends against QuantLib 1.29's spot model (${VECTOR_FILE})`, () => {
  it('fast: every American and European row within 5e-4 beside the row’s own grid error', () => {
    expect(vectorRows.length).toBeGreaterThan(0);
    for (const row of vectorRows) {
      const option = optionOf(row);
      const american = discreteDividendPrice(option);
      const european = discreteDividendPrice({ ...option, exercise: 'european' });
      expect(Math.abs(american.price - row.americanSpot), JSON.stringify(row)).toBeLessThan(5e-4 + row.americanSpotErr);
      expect(Math.abs(european.price - row.europeanSpot), JSON.stringify(row)).toBeLessThan(5e-4 + row.europeanSpotErr);
    }
  });

  it('fine, and the independent finite differences: within 1e-4 beside the row’s own grid error', () => {
    vectorRows.forEach((row, k) => {
      const option = optionOf(row);
      expect(Math.abs(discreteDividendPrice(option, FINE).price - row.americanSpot)).toBeLessThan(
        1e-4 + row.americanSpotErr,
      );
      if (k % 6 > 0) return;
      expect(Math.abs(finiteDifferencePrice(option).price - row.americanSpot)).toBeLessThan(1e-4 + row.americanSpotErr);
    });
  });
});

const quarterly = (cash: number, first = 0.1, count = 4) =>
  Array.from({ length: count }, (_, k) => ({ years: first + 0.25 * k, cash, proportion: 0 }));

const terms = fc.record({
  strike: fc.double({ min: 70, max: 140, noNaN: true }),
  years: fc.double({ min: 0.03, max: 1.5, noNaN: true }),
  rate: fc.double({ min: 0, max: 0.07, noNaN: true }),
  volatility: fc.double({ min: 0.12, max: 0.7, noNaN: true }),
  cash: fc.double({ min: 0.05, max: 2, noNaN: true }),
  first: fc.double({ min: 0.01, max: 0.25, noNaN: true }),
  right: fc.constantFrom('call' as const, 'put' as const),
});

const dense = (perDeviation: number, steps: number): HeatResolution => ({
  perDeviation,
  perDividend: 0,
  steps,
  leastSteps: steps / 2,
  laterPower: 1,
  laterShare: 1,
  waitedSteps: steps,
  leastWaited: 6,
  pace: 1,
  nearCells: 0,
  reach: 7,
});

describe('the two solvers', () => {
  it('agree on random contracts: fast within 1e-3 per 100, fine within 2e-4', () => {
    fc.assert(
      fc.property(terms, ({ cash, first, ...rest }) => {
        const option: DividendOption = {
          spot: 100,
          yield: 0,
          exercise: 'american',
          dividends: quarterly(cash, first),
          ...rest,
        };
        const fine = discreteDividendPrice(option, FINE).price;
        expect(Math.abs(discreteDividendPrice(option).price - fine)).toBeLessThan(1e-3);
        const coarse = finiteDifferencePrice(option, { nodes: 200, steps: 100 }).price;
        const dense = finiteDifferencePrice(option, { nodes: 400, steps: 200 }).price;
        expect(Math.abs(dense + (dense - coarse) / 3 - fine)).toBeLessThan(2e-4);
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  const half: DividendOption = {
    spot: 100,
    strike: 105,
    years: 0.5,
    rate: 0.04,
    yield: 0,
    volatility: 0.3,
    right: 'put',
    exercise: 'european',
    dividends: quarterly(1.5, 0.1, 2),
  };
  it('converge at second order in the grid (reference) and faster than first in the steps (fast)', () => {
    const exact = discreteDividendPrice(half, dense(50, 100)).price;
    const error = (nodes: number) => Math.abs(finiteDifferencePrice(half, { nodes, steps: nodes / 2 }).price - exact);
    expect(error(100) / error(200)).toBeGreaterThan(3);
    expect(error(200) / error(400)).toBeGreaterThan(3);
    // Exercised after the dividend nearest to expiry only: the steps are those of the last span.
    const american = { ...half, exercise: 'american', dividends: quarterly(0.2, 0.1, 1) } as const;
    const settled = discreteDividendPrice(american, dense(50, 800)).price;
    const stepped = (steps: number) => Math.abs(discreteDividendPrice(american, dense(50, steps)).price - settled);
    expect(stepped(10) / stepped(40)).toBeGreaterThan(6);
  });

  it('cross spans in which nobody exercises at once, without steps, to six digits on ten nodes a deviation', () => {
    const at = (perDeviation: number) => discreteDividendPrice(half, dense(perDeviation, 4)).price;
    const exact = at(80);
    expect(at(40)).toBeCloseTo(exact, 6);
    expect(at(10)).toBeCloseTo(exact, 5);
    // Its own dividend's interest keeps the call alive until expiry: the American call is the European one, to the last bit.
    const call = { ...half, right: 'call', dividends: quarterly(0.1, 0.1, 2) } as const;
    expect(discreteDividendPrice({ ...call, exercise: 'american' }).price).toBe(discreteDividendPrice(call).price);
    const plain = { ...call, dividends: [] };
    expect(Math.abs(discreteDividendPrice(plain, dense(20, 4)).price - optionPrice(plain))).toBeLessThan(1e-6);
  });
});

describe('next to the exercise boundary', () => {
  // Time values of 5e-4 to 0.05: the boundary lies within a cell or two of a coarse grid.
  it.each([
    [248.2, 730, 0.522, 0.05, 0.12, 40],
    [298.8, 540, 0.672, 0.05, 0.12, 40],
    [209, 540, 0.471, 0.05, 0.12, 40],
    [157.5, 730, 0.278, 0.045, 0.6, 60],
    [330.3, 730, 0.588, 0.04, 0.4, 2],
  ])(
    'a put at %s over %s days at %s: fine within 2e-5, fast within 1.5e-4 of a dense grid',
    (strike, days, volatility, rate, cash, first) => {
      const dividends = quarterly(cash, first / 365, Math.ceil((days - first) / 91));
      const option = { spot: 100, strike, years: days / 365, rate, yield: 0, volatility, dividends } as const;
      const put = { ...option, right: 'put', exercise: 'american' } as const;
      const exact = discreteDividendPrice(put, { ...dense(60, 500), nearCells: 4 }).price;
      expect(exact).toBeGreaterThan(strike - 100 + 1e-4);
      expect(Math.abs(discreteDividendPrice(put, FINE).price - exact)).toBeLessThan(2e-5);
      expect(Math.abs(discreteDividendPrice(put).price - exact)).toBeLessThan(1.5e-4);
    },
  );
});

describe('properties', () => {
  it('without dividends a European option is Black-Scholes', () => {
    fc.assert(
      fc.property(terms, ({ strike, years, rate, volatility, right }) => {
        const rest = { strike, years, rate, volatility, right };
        const option: DividendOption = { spot: 100, yield: 0.01, exercise: 'european', dividends: [], ...rest };
        expect(Math.abs(discreteDividendPrice(option).price - optionPrice(option))).toBeLessThan(1e-3);
        expect(Math.abs(discreteDividendPrice(option, FINE).price - optionPrice(option))).toBeLessThan(5e-5);
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  it('European call less put is the discounted forward less strike', () => {
    fc.assert(
      fc.property(terms, ({ cash, first, ...rest }) => {
        const option: DividendOption = {
          spot: 100,
          yield: 0,
          exercise: 'european',
          dividends: quarterly(cash, first),
          ...rest,
        };
        const call = discreteDividendPrice({ ...option, right: 'call' }, FINE).price;
        const put = discreteDividendPrice({ ...option, right: 'put' }, FINE).price;
        const forward = dividendForward(option);
        expect(Math.abs(call - put - (forward - option.strike) * Math.exp(-option.rate * option.years))).toBeLessThan(
          5e-4,
        );
      }),
      { numRuns: 40, seed: 13 },
    );
  });

  it('American is worth at least European and exercise, at most spot or strike; more dividend lowers calls, raises puts', () => {
    fc.assert(
      fc.property(terms, ({ cash, first, ...rest }) => {
        const option: DividendOption = {
          spot: 100,
          yield: 0,
          exercise: 'american',
          dividends: quarterly(cash, first),
          ...rest,
        };
        const american = discreteDividendPrice(option);
        const sign = option.right === 'call' ? 1 : -1;
        const european = discreteDividendPrice({ ...option, exercise: 'european' });
        expect(american.price).toBeGreaterThan(european.price - 1e-3);
        expect(american.price).toBeGreaterThanOrEqual(Math.max(sign * (100 - option.strike), 0));
        expect(american.price).toBeLessThanOrEqual(option.right === 'call' ? 100 : option.strike);
        const more = discreteDividendPrice({ ...option, dividends: quarterly(cash + 0.5, first) });
        expect(sign * (more.price - american.price)).toBeLessThan(1e-3);
      }),
      { numRuns: 100, seed: 17 },
    );
  });

  it('delta and gamma are the slopes of the price, theta its change in time', () => {
    const option: DividendOption = {
      spot: 101,
      strike: 100,
      years: 0.4,
      rate: 0.03,
      yield: 0,
      volatility: 0.25,
      right: 'put',
      exercise: 'american',
      dividends: quarterly(0.8, 0.1, 2),
    };
    const at = (change: Partial<DividendOption>) => discreteDividendPrice({ ...option, ...change }, FINE).price;
    const here = discreteDividendPrice(option);
    expect(here.delta).toBeCloseTo((at({ spot: 101.5 }) - at({ spot: 100.5 })) / 1, 4);
    expect(here.gamma).toBeCloseTo((at({ spot: 102 }) - 2 * at({}) + at({ spot: 100 })) / 1, 4);
    const day = 1 / 365;
    const later = at({
      years: 0.4 - day,
      dividends: option.dividends.map((one) => ({ ...one, years: one.years - day })),
    });
    expect(here.theta).toBeCloseTo(later - at({}), 3);
  });
});

describe('early exercise', () => {
  const call = (ex: number, cash: number, right: 'call' | 'put' = 'call'): DividendOption => ({
    spot: 100,
    strike: 70,
    years: 0.25,
    rate: 0.02,
    yield: 0,
    volatility: 0.2,
    right,
    exercise: 'american',
    dividends: [{ years: ex, cash, proportion: 0 }],
  });

  it('a deep call is exercised the evening before the ex date, not earlier', () => {
    // Fifty-two minutes before, only the interest of fifty-two minutes is left.
    expect(discreteDividendPrice(call(1e-4, 2)).price).toBeCloseTo(30 + 70 * 0.02 * 1e-4, 6);
    expect(discreteDividendPrice(call(0.1, 2)).kind).toBe('ok');
    // Held to the ex date and exercised there: intrinsic plus the interest on the strike until then.
    expect(discreteDividendPrice(call(0.1, 2)).price).toBeCloseTo(30 + 70 * (1 - Math.exp(-0.02 * 0.1)), 2);
  });

  it('a dividend below the interest on the strike triggers nothing: the call is European', () => {
    const small = call(0.1, 0.1);
    expect(discreteDividendPrice(small).price).toBe(discreteDividendPrice({ ...small, exercise: 'european' }).price);
  });

  it('a region with two ends (yield < rate < 0) is handed to the reference', () => {
    const option: DividendOption = {
      ...call(0.1, 0, 'put'),
      strike: 120,
      rate: -0.02,
      yield: -0.06,
      volatility: 0.1,
      dividends: [],
    };
    expect(discreteDividendPrice(option).price).toBeCloseTo(finiteDifferencePrice(option).price, 3);
    expect(discreteDividendPrice(option).price).toBeGreaterThanOrEqual(20);
  });

  it('a dividend that falls within seconds or hours is no grid cell away: values stand beside the reference', () => {
    for (const [rate, fee] of [
      [-0.005, 0.01],
      [0, 0.01],
      [0.002, 0.01],
      [0.04, 0.08],
    ] as const)
      for (const right of ['call', 'put'] as const)
        for (const share of [1e-6, 1e-4, 1e-3, 1e-2]) {
          const due = { years: share * 0.3, cash: 5, proportion: 0 };
          const strike = right === 'call' ? 95 : 105;
          const terms = { spot: 100, strike, years: 0.3, rate, yield: fee, volatility: 0.2, right, dividends: [due] };
          const option = { ...terms, exercise: 'american' } as const;
          const exact = finiteDifferencePrice(option, { nodes: 400, steps: 200 }).price;
          const told = `${right}, rate ${rate}, fee ${fee}, after ${share} of the life`;
          expect(Math.abs(discreteDividendPrice(option).price - exact), told).toBeLessThan(4e-3);
        }
  });

  it('a put waits for the dividend', () => {
    const put = { ...call(0.02, 2, 'put'), strike: 140 };
    expect(discreteDividendPrice(put).price).toBeGreaterThan(41.8);
    expect(discreteDividendPrice({ ...put, dividends: [] })).toMatchObject({ kind: 'exercise-region', price: 40 });
  });
});

describe('inputs', () => {
  it('absurd ones give a typed answer, never NaN', () => {
    const strange = fc.constantFrom(
      0,
      -1,
      1e-9,
      0.001,
      1e300,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      0.2,
      100,
      1 / 31_536_000,
    );
    fc.assert(
      fc.property(
        strange,
        strange,
        strange,
        strange,
        strange,
        strange,
        (spot, strike, years, rate, volatility, cash) => {
          for (const right of ['call', 'put'] as const) {
            const value = discreteDividendPrice({
              spot,
              strike,
              years,
              rate,
              yield: 0,
              volatility,
              right,
              exercise: 'american',
              dividends: [{ years: years / 2, cash, proportion: 0 }],
            });
            expect(
              Object.values(value).some((one) => Number.isNaN(one)),
              JSON.stringify(value),
            ).toBe(false);
            expect(value.price).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: 3000, seed: 19 },
    );
  });

  it('a blend keeps every forward and moves from dollars to proportions', () => {
    const dividends = quarterly(1, 0.1, 12);
    const market = { spot: 100, rate: 0.03, yield: 0 };
    const blended = blendDividends(dividends, market, { cashUntil: 0.5, proportionalFrom: 2 });
    expect(blended[0]).toEqual({ years: 0.1, cash: 1, proportion: 0 });
    expect(blended.at(-1)).toMatchObject({ cash: 0 });
    for (const years of [0.2, 0.7, 1.4, 3]) {
      expect(dividendForward({ ...market, years, dividends: blended })).toBeCloseTo(
        dividendForward({ ...market, years, dividends }),
        10,
      );
    }
  });
});
