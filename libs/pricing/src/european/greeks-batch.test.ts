import { existsSync } from 'node:fs';
import { isTradingError } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newGreekColumns, newHigherGreekColumns, type OptionColumns } from './columns.ts';
import { higherGreekColumns, priceColumns } from './greeks-batch.ts';
import { outcomeOf } from './outcomes.ts';
import { absurdContracts } from './testing/random-contracts.ts';
import {
  columnOf,
  contractsOf,
  cornerRows,
  type ReferenceRow,
  sharedRows,
  sharedVectors,
} from './testing/reference-rows.ts';

/** A million in the long version: TRADING_AGENT_ABSURD_CONTRACTS=1000000. */
const ABSURD_COUNT = Number(process.env['TRADING_AGENT_ABSURD_CONTRACTS'] ?? 50_000);

/** From the library's units to those of the vectors (per year, per 1.00). */
const FIRST = { price: 1, delta: 1, gamma: 1, vega: 100, theta: 365, rho: 100 } as const;
const SECOND = { vanna: 100, volga: 1e4, charm: 365 } as const;

interface Deviation {
  readonly name: string;
  readonly row: ReferenceRow;
  readonly actual: number;
  readonly expected: number;
}

function everyFigure(rows: readonly ReferenceRow[]): readonly Deviation[] {
  const contracts = contractsOf(rows);
  const first = newGreekColumns(rows.length);
  const second = newHigherGreekColumns(rows.length);
  priceColumns(rows.length, contracts, columnOf(rows, 'sigma'), first);
  higherGreekColumns(rows.length, contracts, columnOf(rows, 'sigma'), second);
  expect(first.status.every((status) => status === 0)).toBe(true);
  expect(second.status.every((status) => status === 0)).toBe(true);
  const scaled = [
    ...Object.entries(FIRST).map(([name, scale]) => ({ name, scale, values: first[name as keyof typeof FIRST] })),
    ...Object.entries(SECOND).map(([name, scale]) => ({ name, scale, values: second[name as keyof typeof SECOND] })),
  ];
  return scaled.flatMap(({ name, scale, values }) =>
    rows.map((row, index) => ({
      name,
      row,
      actual: (values[index] ?? Number.NaN) * scale,
      expected: row.figures[name] ?? Number.NaN,
    })),
  );
}

/** 1e-13 absolute or 1e-12 relative, whichever is larger. */
const missed = ({ actual, expected }: Deviation): boolean =>
  !(Math.abs(actual - expected) <= Math.max(1e-13, 1e-12 * Math.abs(expected)));

/** 1e-12 relative only: in the wings the digits must be there however small the figure. */
const missedInTail = ({ actual, expected }: Deviation): boolean =>
  !(Math.abs(actual - expected) <= 1e-12 * Math.abs(expected));

describe.skipIf(!existsSync(sharedVectors))(`50-digit values of ${sharedVectors}`, () => {
  test('price and eight greeks within 1e-13 or 1e-12 of their size', () => {
    const figures = everyFigure(sharedRows());
    expect(figures.length).toBeGreaterThan(9 * 50);
    expect(figures.filter(missed)).toEqual([]);
  });
});

test('price and eight greeks in the corners, against 60-digit values', () => {
  const figures = everyFigure(cornerRows());
  expect(figures.length).toBeGreaterThan(9 * 100);
  expect(figures.filter(missed)).toEqual([]);
});

test('deep out of the money price, delta, gamma and vega keep twelve digits down to 1e-290', () => {
  const tails = everyFigure(cornerRows().filter((row) => row.category === 'deepOTM')).filter(({ name }) =>
    ['price', 'delta', 'gamma', 'vega'].includes(name),
  );
  expect(Math.min(...tails.map(({ expected }) => Math.abs(expected)))).toBeLessThan(1e-100);
  expect(tails.filter(missedInTail)).toEqual([]);
});

/** One contract per element of `overrides`. */
type Terms = Readonly<
  Record<'spot' | 'strike' | 'years' | 'rate' | 'yield' | 'volatility', number> & { readonly call: boolean }
>;
function price(terms: readonly Terms[]): {
  readonly first: ReturnType<typeof newGreekColumns>;
  readonly second: ReturnType<typeof newHigherGreekColumns>;
} {
  const of = (name: Exclude<keyof Terms, 'call'>): Float64Array => Float64Array.from(terms, (each) => each[name]);
  const contracts: OptionColumns = {
    spot: of('spot'),
    strike: of('strike'),
    years: of('years'),
    rate: of('rate'),
    yield: of('yield'),
    call: Uint8Array.from(terms, (each) => (each.call ? 1 : 0)),
  };
  const first = newGreekColumns(terms.length);
  const second = newHigherGreekColumns(terms.length);
  priceColumns(terms.length, contracts, of('volatility'), first);
  higherGreekColumns(terms.length, contracts, of('volatility'), second);
  return { first, second };
}
const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;

const terms = fc.record({
  spot: fc.double({ min: 1, max: 2_000, noNaN: true }),
  strike: fc.double({ min: 1, max: 2_000, noNaN: true }),
  years: fc.double({ min: 1e-5, max: 3, noNaN: true }),
  rate: fc.double({ min: -0.05, max: 0.12, noNaN: true }),
  yield: fc.double({ min: -0.03, max: 0.08, noNaN: true }),
  volatility: fc.double({ min: 0.01, max: 4, noNaN: true }),
  call: fc.boolean(),
});

test('put-call parity to 1e-15 of spot and strike, in price, delta and rho', () => {
  fc.assert(
    fc.property(terms, (t) => {
      const { first } = price([
        { ...t, call: true },
        { ...t, call: false },
      ]);
      const gap = (values: Float64Array): number => at(values, 0) - at(values, 1);
      const presentSpot = t.spot * Math.exp(-t.yield * t.years);
      const presentStrike = t.strike * Math.exp(-t.rate * t.years);
      const size = t.spot + t.strike;
      expect(Math.abs(gap(first.price) - (presentSpot - presentStrike))).toBeLessThan(1e-15 * size);
      expect(Math.abs(gap(first.delta) - presentSpot / t.spot)).toBeLessThan(1e-15);
      expect(Math.abs(gap(first.rho) - 0.01 * t.years * presentStrike)).toBeLessThan(1e-15 * size);
      expect(gap(first.gamma)).toBe(0);
      expect(gap(first.vega)).toBe(0);
    }),
    { numRuns: 2_000 },
  );
});

test('put-call symmetry: a call on S at K is a put on K at S with rate and yield exchanged', () => {
  fc.assert(
    fc.property(terms, (t) => {
      const mirrored = { ...t, spot: t.strike, strike: t.spot, rate: t.yield, yield: t.rate, call: !t.call };
      const { first } = price([t, mirrored]);
      const size = Math.max(at(first.price, 0), at(first.price, 1));
      expect(Math.abs(at(first.price, 0) - at(first.price, 1))).toBeLessThanOrEqual(1e-15 * size);
    }),
    { numRuns: 2_000 },
  );
});

test('inside its bounds, monotone and convex in the strike, monotone in volatility', () => {
  fc.assert(
    fc.property(terms, fc.double({ min: 1e-3, max: 0.1, noNaN: true }), (t, step) => {
      const strikes = [1 - step, 1, 1 + step].map((factor) => ({ ...t, strike: t.strike * factor }));
      const { first } = price([...strikes, { ...t, volatility: t.volatility * (1 + step) }]);
      const low = at(first.price, 0);
      const middle = at(first.price, 1);
      const high = at(first.price, 2);
      const dearer = at(first.price, 3);
      const rounding = 1e-15 * (t.spot + t.strike);
      const presentSpot = t.spot * Math.exp(-t.yield * t.years);
      const presentStrike = t.strike * Math.exp(-t.rate * t.years);
      const intrinsic = Math.max(t.call ? presentSpot - presentStrike : presentStrike - presentSpot, 0);
      expect(middle).toBeGreaterThanOrEqual(intrinsic - rounding);
      expect(middle).toBeLessThanOrEqual((t.call ? presentSpot : presentStrike) + rounding);
      expect((t.call ? low - high : high - low) + rounding).toBeGreaterThanOrEqual(0);
      expect(low + high - 2 * middle).toBeGreaterThanOrEqual(-2 * rounding);
      expect(dearer).toBeGreaterThanOrEqual(middle - rounding);
    }),
    { numRuns: 2_000 },
  );
});

test('every greek is the central difference of the figure below it', () => {
  fc.assert(
    fc.property(terms, (t) => {
      const s = t.volatility * Math.sqrt(t.years);
      const moneyness = Math.log(t.spot / t.strike) + (t.rate - t.yield) * t.years;
      fc.pre(s > 0.02 && s < 2 && Math.abs(moneyness) < 5 * s && t.volatility > 0.05);
      // Steps of a fixed share of a standard deviation: the third-order term is then small, whatever the contract.
      const h = 1e-4;
      const bumps: readonly (readonly [Terms, Terms, number])[] = [
        [{ ...t, spot: t.spot * (1 - h * s) }, { ...t, spot: t.spot * (1 + h * s) }, 2 * h * s * t.spot],
        [
          { ...t, volatility: t.volatility * (1 - h) },
          { ...t, volatility: t.volatility * (1 + h) },
          2 * h * t.volatility,
        ],
        [{ ...t, rate: t.rate - h * s }, { ...t, rate: t.rate + h * s }, 2 * h * s],
        [{ ...t, years: t.years * (1 - h) }, { ...t, years: t.years * (1 + h) }, 2 * h * t.years],
      ];
      const { first, second } = price([t, ...bumps.flatMap(([down, up]) => [down, up])]);
      const slope = (values: Float64Array, bump: number): number =>
        (at(values, 2 + 2 * bump) - at(values, 1 + 2 * bump)) / (bumps[bump]?.[2] ?? Number.NaN);
      const near = (actual: number, expected: number, size: number): void => {
        expect(Math.abs(actual - expected) / size).toBeLessThan(2e-6);
      };
      const size = t.spot + t.strike;
      near(slope(first.price, 0), at(first.delta, 0), 1);
      near(slope(first.delta, 0), at(first.gamma, 0), 1 / (t.spot * s));
      near(slope(first.price, 1), at(first.vega, 0) * 100, size * Math.sqrt(t.years));
      near(slope(first.price, 2), at(first.rho, 0) * 100, size * Math.max(t.years, s));
      near(-slope(first.price, 3), at(first.theta, 0) * 365, (size * (s + 1)) / t.years);
      near(slope(first.delta, 1), at(second.vanna, 0) * 100, 10 / t.volatility);
      near(slope(first.vega, 1), at(second.volga, 0) * 100, (size * Math.sqrt(t.years)) / t.volatility);
      near(-slope(first.delta, 3), at(second.charm, 0) * 365, 10 / t.years);
    }),
    { numRuns: 1_000 },
  );
});

const plain = { spot: 110, strike: 100, years: 1, rate: 0.03, yield: 0.01, volatility: 0.2, call: true } as const;
test.each([
  ['ok', {}],
  ['ok', { volatility: 0 }],
  ['ok', { volatility: -1 }],
  ['ok', { volatility: 1e300 }],
  ['expired', { years: 0 }],
  ['expired', { years: -1 }],
  ['no-quote', { spot: 0 }],
  ['no-quote', { strike: -5 }],
  ['no-quote', { spot: Number.NaN }],
  ['no-quote', { rate: Number.NaN }],
  ['no-quote', { volatility: Number.NaN }],
  ['no-quote', { volatility: Number.POSITIVE_INFINITY }],
  ['no-quote', { rate: -1e6 }],
  // At the limit of amounts neither the kernel nor, by a slip, the certain outcome.
  ['no-quote', { spot: 5e139, strike: 5e139, rate: 0, yield: 0 }],
  ['no-quote', { spot: 1e-140 }],
  ['no-quote', { spot: 1e139, yield: -10 }],
  ['no-quote', { spot: 1e139, strike: 1e139, rate: -10, yield: -10 }],
  // Rho of a certain exercise would be 1e439.
  ['no-quote', { strike: 1e139, years: 1e300, rate: 0, yield: 0, volatility: 0, call: false }],
  // Theta would be 1e320.
  ['no-quote', { years: 1e-320, volatility: 1e160 }],
  // Nothing is left of the density, whatever it is multiplied by.
  ['ok', { strike: 150, years: 1e-300, volatility: 1e60 }],
] as const)('%s for %o', (outcome, change) => {
  const { first, second } = price([{ ...plain, ...change }]);
  expect(outcomeOf(at(first.status, 0))).toBe(outcome);
  expect(outcomeOf(at(second.status, 0))).toBe(outcome);
});

/** What is left of a dollar after two years at this rate. */
const left = (rate: number): number => Math.exp(-2 * rate);
const certain = { spot: 110, strike: 100, years: 2, rate: 0.03, yield: 0.01, volatility: 0, call: true } as const;
test.each([
  [
    'a call in the money',
    {},
    {
      price: 110 * left(0.01) - 100 * left(0.03),
      delta: left(0.01),
      theta: (1.1 * left(0.01) - 3 * left(0.03)) / 365,
      rho: 2 * left(0.03),
      charm: (0.01 * left(0.01)) / 365,
    },
  ],
  [
    'a put in the money, of a volatility below zero',
    { spot: 90, call: false, volatility: -0.3 },
    {
      price: 100 * left(0.03) - 90 * left(0.01),
      delta: -left(0.01),
      theta: (3 * left(0.03) - 0.9 * left(0.01)) / 365,
      rho: -2 * left(0.03),
      charm: (-0.01 * left(0.01)) / 365,
    },
  ],
  ['a put out of the money', { call: false }, {}],
  ['a call above the spot that the carry brings into the money', { spot: 97 }, { delta: left(0.01) }],
  [
    'a put below the spot that the yield brings into the money',
    { spot: 104, yield: 0.06, call: false },
    { delta: -left(0.06) },
  ],
  [
    'half a call at the money',
    { spot: 100, rate: 0.01 },
    { delta: 0.5 * left(0.01), theta: 0, rho: left(0.01), charm: (0.005 * left(0.01)) / 365 },
  ],
  [
    'half a put at the money',
    { spot: 100, rate: 0.01, call: false },
    { delta: -0.5 * left(0.01), theta: 0, rho: -left(0.01), charm: (-0.005 * left(0.01)) / 365 },
  ],
  ['a call at expiry', { years: 0, volatility: 0.2 }, { price: 10, delta: 1, theta: 0, rho: 0, charm: 0 }],
  ['a put a year after it', { spot: 90, years: -1, call: false }, { price: 10, delta: -1, theta: 0, rho: 0, charm: 0 }],
])('certain: %s', (_what, change, expected: Readonly<Record<string, number>>) => {
  const { first, second } = price([{ ...certain, ...change }]);
  const { status: _, ...figures } = { ...first, ...second };
  const found = Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, at(values, 0)]));
  const nothing = { gamma: 0, vega: 0, vanna: 0, volga: 0 };
  const all =
    Object.keys(expected).length > 0
      ? { ...nothing, ...expected }
      : Object.fromEntries(Object.keys(found).map((name) => [name, 0]));
  for (const [name, value] of Object.entries(all)) expect(found[name], name).toBeCloseTo(value, 13);
});

test('the certain outcome is the limit of a small volatility, an endless volatility the maximum', () => {
  const { first } = price([
    { ...plain, volatility: 0 },
    { ...plain, volatility: 1e-4 },
    { ...plain, volatility: 1e300 },
  ]);
  for (const name of ['price', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const) {
    expect(Math.abs(at(first[name], 0) - at(first[name], 1))).toBeLessThan(1e-13);
  }
  expect(at(first.price, 2)).toBeCloseTo(110 * Math.exp(-0.01), 12);
});

test('discounts beyond the doubles leave nothing of what they discount, or no outcome', () => {
  for (let exponent = 701; exponent < 6_000; exponent += 53) {
    const { first } = price([
      { ...plain, yield: exponent },
      { ...plain, rate: exponent },
      { ...plain, rate: exponent, call: false },
      { ...plain, yield: -exponent },
      { ...plain, rate: -exponent },
    ]);
    expect(Array.from(first.status, outcomeOf)).toEqual(['ok', 'ok', 'ok', 'no-quote', 'no-quote']);
    expect(Array.from(first.price)).toEqual([0, expect.closeTo(110 * Math.exp(-0.01), 12), 0, 0, 0]);
  }
});

test('a strike 1e149 times the spot has the gamma and the vega of 60 digits', () => {
  const far = { spot: 1e-10, strike: 1e139, years: 1, rate: 0, yield: 0, volatility: 8.5, call: true };
  const { first, second } = price([far]);
  // mpmath 1.3.0 at 60 digits; the density's exponent is 652, of which half a digit is 1e-13.
  expect(at(first.gamma, 0) / 3.018_399_469_852_35e-275).toBeCloseTo(1, 11);
  expect(at(first.vega, 0) / 2.565_639_549_374_5e-296).toBeCloseTo(1, 11);
  expect(at(second.vanna, 0) / 1.346_597_415_084_6e-285).toBeCloseTo(1, 11);
  // Beyond the tables, price and delta are right in their size.
  expect(Math.abs(Math.log2(at(first.price, 0) / 1.351_050_105_804_5e-296))).toBeLessThan(1);
  expect(Math.abs(Math.log2(at(first.delta, 0) / 7.099_048_666_863_5e-286))).toBeLessThan(1);
});

test('no absurd contract gives NaN, an infinity or an exception', () => {
  const count = ABSURD_COUNT;
  const { contracts, volatility } = absurdContracts(count, 20_251_124);
  const first = newGreekColumns(count);
  const second = newHigherGreekColumns(count);
  priceColumns(count, contracts, volatility, first);
  higherGreekColumns(count, contracts, volatility, second);
  for (const values of [...Object.values(first), ...Object.values(second)]) {
    expect(values.every((value: number) => Number.isFinite(value))).toBe(true);
  }
  expect(first.price.every((value) => value >= 0)).toBe(true);
  expect(new Set(first.status)).toEqual(new Set([0, 4, 5]));
});

const noRow = (from: number): void => {
  priceColumns(2, absurdContracts(4, 1).contracts, new Float64Array(4), newGreekColumns(4), from);
};
test.each([
  [
    'a column that is too short',
    () => priceColumns(2, absurdContracts(2, 1).contracts, new Float64Array(1), newGreekColumns(2)),
  ],
  ['one that ends before the last row', () => noRow(3)],
  ['half a first row', () => noRow(0.5)],
  ['a first row before the columns', () => noRow(-1)],
])('%s refuses the whole batch', (_what, attempt) => {
  expect(attempt).toThrow(expect.toSatisfy((error: unknown) => isTradingError(error, 'INVALID_VALUE')));
});
