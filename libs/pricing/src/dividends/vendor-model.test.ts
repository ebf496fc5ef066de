import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { nyInstant } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { exInstant, expiryInstant, yearsBetween } from '../term/index.ts';
import { discreteDividendPrice } from './dividend-price.ts';
import type { DividendOption } from './model.ts';
import { escrowedTree } from './testing/escrowed-tree.ts';

const vendor = join(
  process.env['TRADING_AGENT_SHARED'] ?? '../shared',
  'data/vendor_greeks/ivolatility_AAPL_2014-08-07.csv.gz',
);
const SPOT = 94.48;
const DAYS = 365;
const at = nyInstant(marketDate('2014-08-07'), '16:00');
const dividends = ['2014-11-06', '2015-02-05', '2015-05-07', '2015-08-06', '2015-11-05'].map((date) => ({
  years: yearsBetween(at, exInstant(marketDate(date))),
  cash: 0.47,
  proportion: 0,
}));

interface VendorRow {
  readonly years: number;
  readonly strike: number;
  readonly call: boolean;
  readonly mid: number;
  readonly iv: number;
  readonly delta: number;
  readonly gamma: number;
  readonly theta: number;
}

/** Rows beyond 91 days and within a tenth of the spot, where the file has a volatility of its own. */
function farRows(): readonly VendorRow[] {
  const lines = gunzipSync(readFileSync(vendor)).toString().trim().split('\n').slice(1);
  return lines
    .map((line) => line.split(','))
    .filter((row) => row[19] !== '*' && Number(row[14]) > 0)
    .map((row) => {
      const [month = '', day = '', year = ''] = (row[6] ?? '').split('/');
      const expiry = marketDate(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
      return {
        years: yearsBetween(at, expiryInstant({ expiry, settles: 'pm', root: 'AAPL' })),
        strike: Number(row[7]),
        call: row[8] === 'C',
        mid: Number(row[12]),
        iv: Number(row[14]),
        delta: Number(row[20]),
        gamma: Number(row[22]),
        theta: Number(row[23]),
      };
    })
    .filter(({ years, strike }) => years > 91 / DAYS && Math.abs(Math.log(strike / SPOT)) < 0.1);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const toCome = (years: number): number => dividends.reduce((sum, one) => sum + (one.years < years ? one.cash : 0), 0);

/** The rate by which the vendor's own theta, delta and gamma obey Black and Scholes' equation for a stock price of `spot`. */
const rateOf = (row: VendorRow, spot: number): number =>
  (DAYS * row.theta + 0.5 * row.iv ** 2 * spot ** 2 * row.gamma) / (row.mid - spot * row.delta);

const rates = (rows: readonly VendorRow[], call: boolean, spotOf: (row: VendorRow) => number): number =>
  median(rows.filter((row) => row.call === call).map((row) => rateOf(row, spotOf(row))));

const optionOf = (row: VendorRow, rate: number, volatility: number): DividendOption => ({
  spot: SPOT,
  strike: row.strike,
  years: row.years,
  rate,
  yield: 0,
  volatility,
  right: row.call ? 'call' : 'put',
  exercise: 'american',
  dividends,
});

/** The volatility at which `price` gives the row's mid-price, by the secant rule. */
function implied(row: VendorRow, rate: number, price: (option: DividendOption) => number): number {
  const miss = (volatility: number): number => price(optionOf(row, rate, volatility)) - row.mid;
  let last = row.iv * 0.97;
  let lastMiss = miss(last);
  let volatility = row.iv * 1.03;
  for (let step = 0; step < 6; step += 1) {
    const here = miss(volatility);
    if (Math.abs(here) < 1e-6 || here === lastMiss) break;
    const next = volatility - (here * (volatility - last)) / (here - lastMiss);
    last = volatility;
    lastMiss = here;
    volatility = next;
  }
  return volatility;
}

describe.skipIf(!existsSync(vendor))(`what the vendor's far volatilities assume (${vendor})`, () => {
  const rows = existsSync(vendor) ? farRows() : [];
  const expiries = [...new Set(rows.map((row) => row.years))].map((years) => rows.filter((row) => row.years === years));

  it('its greeks obey Black and Scholes for the spot less the dividends to come, at one rate for calls and puts', () => {
    expect(expiries.length).toBe(4);
    for (const expiry of expiries) {
      const less = (row: VendorRow): number => SPOT - toCome(row.years);
      // With the dividends taken off calls and puts tell the same rate to 0.0001; without they are 0.003 apart and more.
      expect(Math.abs(rates(expiry, true, less) - rates(expiry, false, less))).toBeLessThan(1e-4);
      expect(Math.abs(rates(expiry, true, () => SPOT) - rates(expiry, false, () => SPOT))).toBeGreaterThan(3e-3);
    }
  });

  it('with those rates, no fee and escrowed dividends volatilities beyond 91 days are met within 0.00025, deltas within 0.001', () => {
    const distances = expiries.map((expiry) => {
      const rate = rates(expiry, true, (row) => SPOT - toCome(row.years));
      const near = (price: (option: DividendOption) => number): number =>
        median(expiry.map((row) => Math.abs(implied(row, rate, price) - row.iv)));
      const escrowed = (option: DividendOption): number => escrowedTree(option, 120).price;
      const deltas = expiry.map((row) => Math.abs(escrowedTree(optionOf(row, rate, row.iv), 120).delta - row.delta));
      return {
        escrowed: near(escrowed),
        delta: median(deltas),
        jump: near((option) => discreteDividendPrice(option).price),
      };
    });
    for (const { escrowed, delta, jump } of distances) {
      expect(escrowed).toBeLessThan(2.5e-4);
      expect(delta).toBeLessThan(1e-3);
      expect(jump).toBeGreaterThan(escrowed);
    }
  });

  it('and the escrowed volatility is the larger one by the dividends’ share of the life', () => {
    for (const expiry of expiries) {
      const rate = rates(expiry, true, (row) => SPOT - toCome(row.years));
      const years = expiry[0]?.years ?? 0;
      const waited = dividends.reduce((sum, one) => sum + (one.years < years ? one.cash * one.years : 0), 0);
      const expected = waited / (SPOT * years);
      const gaps = expiry.map((row) => {
        const jump = implied(row, rate, (option) => discreteDividendPrice(option).price);
        return implied(row, rate, (option) => escrowedTree(option, 120).price) / jump - 1;
      });
      expect(Math.abs(median(gaps) - expected)).toBeLessThan(0.25 * expected + 5e-4);
    }
  });
});
