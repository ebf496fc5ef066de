import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newGreekColumns, newOptionColumns, newVolatilityColumns } from './columns.ts';
import { priceColumns } from './greeks-batch.ts';
import { impliedBlackVolatilityColumns, impliedVolatilityColumns } from './implied-volatility-batch.ts';
import { OK, outcomeOf } from './outcomes.ts';
import { absurdContracts, randomStream } from './testing/random-contracts.ts';
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

/** Rows whose volatility misses the exact one by more than 1e-14 and 4 times what half a digit of the price moves it by. */
function missed(rows: readonly ReferenceRow[]): readonly unknown[] {
  const out = newVolatilityColumns(rows.length);
  impliedVolatilityColumns(rows.length, contractsOf(rows), columnOf(rows, 'price'), out);
  return rows.flatMap((row, index) => {
    const exact = row.figures['ivOfDoublePrice'] ?? Number.NaN;
    if (Number.isNaN(exact)) return [];
    const error = Math.abs((out.volatility[index] ?? Number.NaN) / exact - 1);
    const allowed = Math.max(1e-14, 4 * (row.figures['ivConditionRel'] ?? 0));
    return out.status[index] === OK && error <= allowed ? [] : [{ row, error, allowed }];
  });
}

describe.skipIf(!existsSync(sharedVectors))(`50-digit implied volatilities of ${sharedVectors}`, () => {
  test('within 1e-14 or four times the attainable', () => {
    expect(sharedRows().length).toBeGreaterThan(50);
    expect(missed(sharedRows())).toEqual([]);
  });
});

test('the corners, within 1e-14 or four times the attainable of 60-digit values', () => {
  const carrying = cornerRows().filter((row) => !Number.isNaN(row.figures['ivOfDoublePrice']));
  expect(carrying.length).toBeGreaterThan(100);
  expect(missed(carrying)).toEqual([]);
});

interface BlackRow {
  readonly q: 1 | -1;
  readonly F: number;
  readonly K: number;
  readonly T: number;
  readonly sigma: number;
  readonly black: number;
}
const reference = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/pricing/lbr_vollib_testvalues.json`;
describe.skipIf(!existsSync(reference))(`outputs of the C++ "Let's Be Rational" in ${reference}`, () => {
  test('undiscounted prices give back their volatility to the conditioning of the price', () => {
    const { rows }: { rows: readonly BlackRow[] } = JSON.parse(readFileSync(reference, 'utf8'));
    const contracts = {
      forward: Float64Array.from(rows, (row) => row.F),
      strike: Float64Array.from(rows, (row) => row.K),
      years: Float64Array.from(rows, (row) => row.T),
      call: Uint8Array.from(rows, (row) => (row.q === 1 ? 1 : 0)),
    };
    const zero = new Float64Array(rows.length);
    const sigma = Float64Array.from(rows, (row) => row.sigma);
    const values = newGreekColumns(rows.length);
    priceColumns(rows.length, { ...contracts, spot: contracts.forward, rate: zero, yield: zero }, sigma, values);
    const out = newVolatilityColumns(rows.length);
    impliedBlackVolatilityColumns(
      rows.length,
      contracts,
      Float64Array.from(rows, (row) => row.black),
      out,
    );
    let recovered = 0;
    rows.forEach((row, index) => {
      // The reference's own prices are right to about 1e-15 of the larger of forward and strike.
      const attainable = (4e-16 * Math.max(row.F, row.K)) / ((values.vega[index] ?? 0) * 100 * row.sigma);
      if (!(attainable < 1e-3)) return;
      recovered += 1;
      expect(Math.abs((out.volatility[index] ?? Number.NaN) / row.sigma - 1)).toBeLessThan(2e-14 + 8 * attainable);
    });
    expect(recovered).toBeGreaterThan(0.8 * rows.length);
  });
});

test('the volatility of a price is the one it was made with, wherever vega carries it', () => {
  const count = 100_000;
  const next = randomStream(7);
  const contracts = newOptionColumns(count);
  const volatility = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    contracts.spot[i] = 5 + 900 * next();
    contracts.years[i] = 1e-6 * 3e6 ** next();
    volatility[i] = 0.01 * 500 ** next();
    const s = (volatility[i] ?? 0) * Math.sqrt(contracts.years[i] ?? 0);
    contracts.strike[i] = (contracts.spot[i] ?? 0) * Math.exp(s * (next() * 30 - 15));
    contracts.rate[i] = next() * 0.15 - 0.05;
    contracts.yield[i] = next() * 0.1 - 0.02;
    contracts.call[i] = next() < 0.5 ? 1 : 0;
  }
  const priced = newGreekColumns(count);
  priceColumns(count, contracts, volatility, priced);
  const out = newVolatilityColumns(count);
  impliedVolatilityColumns(count, contracts, priced.price, out);
  let carried = 0;
  const missed: unknown[] = [];
  for (let i = 0; i < count; i += 1) {
    const price = priced.price[i] ?? 0;
    const perRelative = (priced.vega[i] ?? 0) * 100 * (volatility[i] ?? 0);
    // What the price column itself may be wrong by, turned into volatility.
    const attainable = (2e-16 * price + 1e-12 * Math.min(price, perRelative * 0.01)) / perRelative;
    if (!(attainable < 1e-6) || price < 1e-290) continue;
    carried += 1;
    const error = Math.abs((out.volatility[i] ?? 0) / (volatility[i] ?? 1) - 1);
    if (!(error < 1e-14 + 4 * attainable)) missed.push({ i, error, attainable });
  }
  expect(missed).toEqual([]);
  expect(carried).toBeGreaterThan(0.5 * count);
});

test('higher prices mean higher volatilities, down to neighbouring doubles', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 50, max: 200, noNaN: true }),
      fc.double({ min: 0.001, max: 2, noNaN: true }),
      fc.double({ min: 1e-9, max: 0.999, noNaN: true }),
      fc.boolean(),
      (strike, years, share, call) => {
        const contracts = newOptionColumns(2);
        for (const i of [0, 1]) {
          contracts.spot[i] = 100;
          contracts.strike[i] = strike;
          contracts.years[i] = years;
          contracts.call[i] = call ? 1 : 0;
        }
        const intrinsic = Math.max(call ? 100 - strike : strike - 100, 0);
        const lower = intrinsic + share * ((call ? 100 : strike) - intrinsic);
        const out = newVolatilityColumns(2);
        impliedVolatilityColumns(2, contracts, Float64Array.of(lower, lower * (1 + 1e-12)), out);
        fc.pre(out.status[0] === OK && out.status[1] === OK);
        expect(out.volatility[1]).toBeGreaterThanOrEqual((out.volatility[0] ?? 0) * (1 - 4e-16));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('no absurd quote gives NaN or an exception, and each has an outcome', () => {
  const count = ABSURD_COUNT;
  const { contracts, price } = absurdContracts(count, 20_251_124);
  const out = newVolatilityColumns(count);
  impliedVolatilityColumns(count, contracts, price, out);
  expect(out.volatility.every((value, i) => Number.isFinite(value) && value > 0 === (out.status[i] === OK))).toBe(true);
  expect(new Set(Array.from(out.status, outcomeOf))).toEqual(
    new Set(['ok', 'below-intrinsic', 'above-maximum', 'no-quote', 'expired']),
  );
});

test('a time value of which no double is left beside its forward has no volatility instead of a wrong one', () => {
  const contracts = newOptionColumns(4);
  contracts.spot.set([382.97, 1e10, 1e100, 382.97]);
  contracts.strike.set([2.577e-6, 2e10, 1e100, 2.577e-6]);
  contracts.years.set([21.6, 1, 1, 21.6]);
  contracts.call.set([0, 1, 1, 0]);
  const out = newVolatilityColumns(4);
  impliedVolatilityColumns(4, contracts, Float64Array.of(1.9e-314, 1e-300, 1e-300, 1e-306), out);
  expect(Array.from(out.status, outcomeOf)).toEqual(['no-quote', 'no-quote', 'no-quote', 'ok']);
  // mpmath 1.3.0 at 60 digits: the volatility of 1e-306.
  expect((out.volatility[3] ?? 0) / 0.108_810_148_291_804_16).toBeCloseTo(1, 12);
});

test('any number above zero marks a call, as it does for the greeks', () => {
  const contracts = newOptionColumns(3);
  contracts.spot.fill(110);
  contracts.strike.fill(100);
  contracts.years.fill(1);
  contracts.call.set([1, 2, 255]);
  const priced = newGreekColumns(3);
  priceColumns(3, contracts, new Float64Array(3).fill(0.2), priced);
  const out = newVolatilityColumns(3);
  impliedVolatilityColumns(3, contracts, priced.price, out);
  for (const found of out.volatility) expect(found).toBeCloseTo(0.2, 14);
});
