import { expect, test } from 'vitest';
import { newGreekColumns, newHigherGreekColumns, newOptionColumns, newVolatilityColumns } from './columns.ts';
import { higherGreekColumns, portableHigherGreekColumns, portablePriceColumns, priceColumns } from './greeks-batch.ts';
import { impliedBlackVolatilityColumns, impliedVolatilityColumns } from './implied-volatility-batch.ts';
import { absurdContracts } from './testing/random-contracts.ts';

// Rows of all sorts side by side: for the kernels, at their edges, and unusable.
const ROWS = 1_100;
const { contracts, volatility, price } = absurdContracts(ROWS, 5);
const forwards = { forward: contracts.spot, strike: contracts.strike, years: contracts.years, call: contracts.call };
/** What no batch writes: shows which rows were left alone. */
const UNTOUCHED = 77;

/** Number of rows, and the first of them. */
type Window = readonly [number, number];
/** The columns of the outcome of one call for each window. */
type Batch = (windows: readonly Window[]) => readonly (readonly number[])[];
function batch<Out extends object>(
  make: (count: number) => Out & Readonly<Record<keyof Out, Float64Array | Uint8Array>>,
  run: (count: number, out: Out, first: number) => void,
): Batch {
  return (windows) => {
    const out = make(ROWS);
    const columns: (Float64Array | Uint8Array)[] = Object.values(out);
    for (const column of columns) column.fill(UNTOUCHED);
    for (const [count, first] of windows) run(count, out, first);
    return columns.map((column) => Array.from(column));
  };
}

test.each<readonly [string, Batch]>([
  ['greeks', batch(newGreekColumns, (n, out, first) => priceColumns(n, contracts, volatility, out, first))],
  [
    'portable greeks',
    batch(newGreekColumns, (n, out, first) => portablePriceColumns(n, contracts, volatility, out, first)),
  ],
  [
    'higher greeks',
    batch(newHigherGreekColumns, (n, out, first) => higherGreekColumns(n, contracts, volatility, out, first)),
  ],
  [
    'portable higher greeks',
    batch(newHigherGreekColumns, (n, out, first) => portableHigherGreekColumns(n, contracts, volatility, out, first)),
  ],
  [
    'volatilities',
    batch(newVolatilityColumns, (n, out, first) => impliedVolatilityColumns(n, contracts, price, out, first)),
  ],
  [
    'volatilities on forwards',
    batch(newVolatilityColumns, (n, out, first) => impliedBlackVolatilityColumns(n, forwards, price, out, first)),
  ],
])(
  '%s: a row has its bits alone, beside any neighbour and at any place of a block; no other row is written',
  (_, run) => {
    const alone = run(Array.from({ length: ROWS }, (__, row) => [1, row] as const));
    // The lengths at which copies, lanes and blocks (of 256 and of 512 rows) change.
    for (const count of [0, 1, 2, 3, 47, 48, 49, 255, 256, 257, 511, 512, 513, 1_025])
      for (const first of [0, 1, 73]) {
        run([[count, first]]).forEach((column, index) => {
          const wrong = column.flatMap((is, at) => {
            const expected = at >= first && at < first + count ? alone[index]?.[at] : UNTOUCHED;
            return Object.is(is, expected) ? [] : [{ at, is, expected }];
          });
          expect(wrong, `column ${index} of ${count} rows from ${first}`).toEqual([]);
        });
      }
  },
);

test('figures may replace a column of the input, the edges too', () => {
  const rows = 60;
  const names = ['spot', 'strike', 'years', 'rate', 'yield', 'volatility'] as const;
  const fresh = () => {
    const input = { ...newOptionColumns(rows), volatility: new Float64Array(rows) };
    for (let i = 0; i < rows; i += 1) {
      input.spot[i] = 110;
      input.strike[i] = 90 + i;
      // In the kernel, expired and certain by turns.
      input.years[i] = i % 3 === 1 ? 0 : 0.5;
      input.rate[i] = 0.03;
      input.yield[i] = 0.01;
      input.call[i] = i & 1;
      input.volatility[i] = i % 3 === 2 ? 0 : 0.2;
    }
    return input;
  };
  const expected = newGreekColumns(rows);
  const expectedHigher = newHigherGreekColumns(rows);
  const expectedVolatility = newVolatilityColumns(rows);
  const given = fresh();
  priceColumns(rows, given, given.volatility, expected);
  higherGreekColumns(rows, given, given.volatility, expectedHigher);
  impliedVolatilityColumns(rows, given, expected.price, expectedVolatility);
  expect(new Set(expected.status)).toEqual(new Set([0, 5]));
  for (const name of names) {
    for (const figure of ['price', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const) {
      const input = fresh();
      const out = { ...newGreekColumns(rows), [figure]: input[name] };
      priceColumns(rows, input, input.volatility, out);
      expect(out, `${figure} into ${name}`).toEqual(expected);
    }
    for (const figure of ['vanna', 'volga', 'charm'] as const) {
      const input = fresh();
      const out = { ...newHigherGreekColumns(rows), [figure]: input[name] };
      higherGreekColumns(rows, input, input.volatility, out);
      expect(out, `${figure} into ${name}`).toEqual(expectedHigher);
    }
    const { volatility: own, ...input } = fresh();
    const quotes = name === 'volatility' ? own : expected.price;
    quotes.set(expected.price);
    const out = { ...newVolatilityColumns(rows), volatility: name === 'volatility' ? own : input[name] };
    impliedVolatilityColumns(rows, input, quotes, out);
    expect(out, `volatility into ${name}`).toEqual(expectedVolatility);
  }
});
