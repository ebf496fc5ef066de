import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newGreekColumns, newOptionColumns } from './columns.ts';
import { priceColumns } from './greeks-batch.ts';
import { type GridStates, valueGrid } from './value-grid.ts';

interface State {
  readonly volatility: number;
  readonly years: number;
  readonly rate: number;
  readonly yield: number;
}

function gridOf(strike: number, call: boolean, spots: readonly number[], states: readonly State[]): Float64Array {
  const column = (of: (state: State) => number): Float64Array => Float64Array.from(states, of);
  const at: GridStates = {
    deviation: column(({ volatility, years }) => volatility * Math.sqrt(years)),
    spotFactor: column((state) => Math.exp(-state.yield * state.years)),
    strikeFactor: column(({ rate, years }) => Math.exp(-rate * years)),
    drift: column(({ rate, yield: borrow, years }) => (rate - borrow) * years),
  };
  const out = new Float64Array(spots.length * states.length);
  const prices = { spot: Float64Array.from(spots), logSpot: Float64Array.from(spots, Math.log) };
  valueGrid(strike, call, spots.length, prices, states.length, at, out);
  return out;
}

const price = fc.double({ min: 1, max: 2_000, noNaN: true });
const state: fc.Arbitrary<State> = fc.record({
  volatility: fc.oneof(fc.double({ min: 0.01, max: 4, noNaN: true }), fc.constantFrom(0, -1, 1e-9, 1e4)),
  years: fc.oneof(fc.double({ min: 1e-5, max: 3, noNaN: true }), fc.constant(0)),
  rate: fc.double({ min: -0.05, max: 0.12, noNaN: true }),
  yield: fc.double({ min: -0.03, max: 0.08, noNaN: true }),
});

test('values are the prices of the greeks kernel, which is held against 50-digit values', () => {
  fc.assert(
    fc.property(
      price,
      fc.boolean(),
      fc.array(price, { minLength: 1, maxLength: 12 }),
      fc.array(state, { minLength: 1, maxLength: 8 }),
      (strike, call, spots, states) => {
        const values = gridOf(strike, call, spots, states);
        const rows = states.flatMap((one) => spots.map((spot) => ({ ...one, spot })));
        const contracts = newOptionColumns(rows.length);
        const greeks = newGreekColumns(rows.length);
        for (const [index, { spot, years, rate, yield: borrow }] of rows.entries()) {
          contracts.spot[index] = spot;
          contracts.strike[index] = strike;
          contracts.years[index] = years;
          contracts.rate[index] = rate;
          contracts.yield[index] = borrow;
          contracts.call[index] = call ? 1 : 0;
        }
        priceColumns(
          rows.length,
          contracts,
          Float64Array.from(rows, ({ volatility }) => volatility),
          greeks,
        );
        for (const [index, row] of rows.entries()) {
          const { spot, years, rate, yield: borrow } = row;
          const off = Math.abs((values[index] ?? Number.NaN) - (greeks.price[index] ?? Number.NaN));
          expect(off).toBeLessThanOrEqual(1e-14 * (spot + strike));
          // Not below what it pays for certain, by no bit.
          const beyond = Math.exp(-borrow * years) * spot - strike * Math.exp(-rate * years);
          expect(values[index]).toBeGreaterThanOrEqual(call ? beyond : -beyond);
        }
      },
    ),
    // Making a failing case smaller takes minutes here.
    { numRuns: 500, endOnFailure: true },
  );
});

const plain: State = { volatility: 0.2, years: 1, rate: 0, yield: 0 };

test.each([
  ['a volatility of nothing: what it pays for certain', 110, { volatility: 0 }, true, 10],
  ['a negative one', 110, { volatility: -1 }, false, 0],
  ['an endless one: the whole spot', 110, { volatility: 1e300 }, true, 110],
  ['a spot of nothing: the whole strike', 0, {}, false, 100],
  ['a volatility that is no number', 110, { volatility: Number.NaN }, true, Number.NaN],
  ['a spot below zero', -1, {}, true, Number.NaN],
  ['a spot below zero where the outcome is certain', -1, { volatility: 0 }, true, Number.NaN],
  ['a spot that is no number', Number.NaN, {}, true, Number.NaN],
  ['a rate that is no number', 110, { rate: Number.NaN }, true, Number.NaN],
  [
    'a rate that is no number where the outcome is certain',
    110,
    { rate: Number.NaN, volatility: 0 },
    false,
    Number.NaN,
  ],
  ['a rate that is no number where the spot is nothing', 0, { rate: Number.NaN }, false, Number.NaN],
  ['far out of the money', 1, {}, true, 0],
] as const)('%s', (_what, spot, change, call, expected) => {
  const values = gridOf(100, call, [110, spot, 90], [plain, { ...plain, ...change }, plain]);
  expect(values[4]).toBe(expected);
  // The neighbours are as without it.
  expect(values.subarray(6)).toEqual(values.subarray(0, 3));
});

test('columns that are too short and strikes that are none are refused', () => {
  const [three, two] = [new Float64Array(3), new Float64Array(2)];
  const states = { deviation: three, spotFactor: three, strikeFactor: three, drift: three };
  const spots = { spot: three, logSpot: three };
  const refused = expect.objectContaining({ code: 'INVALID_VALUE' });
  expect(() => valueGrid(100, true, 3, { ...spots, logSpot: two }, 1, states, three)).toThrow(refused);
  expect(() => valueGrid(100, true, 1, spots, 3, { ...states, drift: two }, three)).toThrow(refused);
  expect(() => valueGrid(100, true, 3, spots, 2, states, three)).toThrow(refused);
  for (const strike of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => valueGrid(strike, true, 1, spots, 1, states, three)).toThrow(refused);
});

test('the same bits on every machine', () => {
  const spots = Array.from({ length: 50 }, (_, index) => 40 + 3 * index);
  const states = Array.from({ length: 20 }, (_, index) => ({
    ...plain,
    volatility: 0.05 * (index + 1),
    rate: 0.01 * index,
  }));
  const hash = createHash('sha256').update(new Uint8Array(gridOf(100, true, spots, states).buffer));
  expect(hash.digest('hex')).toBe('94122e8d899bb0c8bed644833b3791cfb1862c51368ea571c6bc8a4b20815650');
});
