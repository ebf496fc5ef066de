import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { nyInstant } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import { formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ChainQuote, chainDay } from '../testing/chain-day.ts';
import { chainInputs, type ChainInputs } from './chain-inputs.ts';
import { type ChainSnapshot, chainSnapshot } from './chain-snapshot.ts';

const shared = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data');
const vendor = join(shared, 'vendor_greeks/ivolatility_AAPL_2014-08-07.csv.gz');
const appleFile = join(shared, 'chains_eod/AAPL_2014-06-06.csv.gz');
const timeWarnerFile = join(shared, 'chains_eod/TWX_2014-06-05.csv.gz');
const rowsOf = (path: string): string[][] =>
  gunzipSync(readFileSync(path))
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
const side = (text: string | undefined): number | null => (Number(text) > 0 ? Number(text) : null);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** A chain at the close as `agent chain` shows it with the reference files of the shared data. */
async function closing(path: string, symbol: string, flags: { readonly expectedDividends: boolean }) {
  const rows = rowsOf(path);
  const date = marketDate(rows[0]?.[0] ?? '');
  const at = nyInstant(date, '16:00');
  const quotes = rows.map((row): ChainQuote => {
    const contract = optionContract(row[1] ?? '');
    return { contract, bid: side(row[7]), ask: side(row[9]) };
  });
  const inputs = await chainInputs(symbol, date, { ...flags, seed: 0, data: shared });
  const day = chainDay(symbol, { date, at, spot: Number(rows[0]?.[14]) }, quotes);
  return { inputs, snapshot: chainSnapshot(day, symbol, at, inputs.pricer) };
}

/** |call - put| of strikes near the money beyond three days, and what became of the contracts. */
function study({ spot, expiries }: ChainSnapshot) {
  const apart: number[] = [];
  const outcomes = new Map<string, number>();
  for (const { inputs, rows } of expiries.filter((one) => one.inputs.years > 3 / 365)) {
    const near = rows.filter(({ contract }) => Math.abs(Math.log(contract.strike / spot)) < 0.1);
    for (const { outcome } of rows) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    for (const call of near) {
      const put = near.find(({ contract }) => contract.right === 'put' && contract.strike === call.contract.strike);
      if (call.contract.right !== 'call' || call.volatility === null || (put?.volatility ?? null) === null) continue;
      apart.push(Math.abs(call.volatility - (put?.volatility ?? 0)));
    }
    expect(Math.abs(Math.log(inputs.forward / spot))).toBeLessThan(0.05);
  }
  return { apart: median(apart), pairs: apart.length, outcomes: Object.fromEntries(outcomes) };
}

describe.skipIf(![vendor, appleFile, timeWarnerFile].every((path) => existsSync(path)))(
  `real chains (${shared})`,
  () => {
    let apple: { readonly inputs: ChainInputs; readonly snapshot: ChainSnapshot };
    beforeAll(async () => {
      apple = await closing(appleFile, 'AAPL', { expectedDividends: true });
    });

    it('AAPL 2014-06-06: the curve of the day before, dividends foretold from those paid, calls and puts agree', () => {
      expect(apple.inputs.rateSource).toBe('Treasury par yields of 2014-06-05');
      const [next] = apple.inputs.dividends ?? [];
      // Two of 3.05 and 3.29 had been paid; the next was in fact 0.47 (3.29 before the split of 7 to 1) on 2014-08-07.
      expect(next).toMatchObject({ exDate: '2014-08-07', cash: 3.29, basis: 'foretold' });
      const found = study(apple.snapshot);
      expect(found.pairs).toBeGreaterThan(150);
      expect(found.apart).toBeLessThan(0.002);
      expect(found.outcomes['ok']).toBeGreaterThan(1_850);
      expect(found.outcomes['below-intrinsic']).toBeGreaterThan(150);
    });

    it('nothing is known of dividends that only the future tells: the file has no dates of declaration', async () => {
      const { inputs, snapshot } = await closing(appleFile, 'AAPL', { expectedDividends: false });
      expect(inputs.dividends).toEqual([]);
      expect(inputs.dividendSource).toBe('declared before 2014-06-06');
      // What is not told is part of the yield, and the forwards are nearly the same: as a yield a dividend misplaces early exercise.
      const apart = snapshot.expiries
        .filter(({ inputs: { years } }) => years > 3 / 365 && years < 0.5)
        .map(({ inputs: { forward }, expiry }) => {
          const told = apple.snapshot.expiries.find((one) => one.expiry === expiry)?.inputs.forward ?? Number.NaN;
          return Math.abs(forward / told - 1);
        });
      expect(apart.length).toBeGreaterThan(3);
      expect(Math.max(...apart)).toBeLessThan(2e-3);
    });

    it('TWX 2014-06-05: likewise', async () => {
      const { snapshot } = await closing(timeWarnerFile, 'TWX', { expectedDividends: true });
      const found = study(snapshot);
      expect(found.pairs).toBeGreaterThan(5);
      expect(found.apart).toBeLessThan(0.003);
      expect(found.outcomes['below-intrinsic']).toBeGreaterThan(0);
    });

    it("AAPL 2014-08-07: medians within 0.001 of the vendor's volatilities and deltas near the money", async () => {
      const date = marketDate('2014-08-07');
      const at = nyInstant(date, '16:00');
      const told = new Map<string, { readonly volatility: number; readonly delta: number }>();
      const quotes = rowsOf(vendor).flatMap((row): ChainQuote[] => {
        const [month = '', day = '', year = ''] = (row[6] ?? '').split('/');
        const expiry = marketDate(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
        const right = row[8] === 'C' ? 'call' : 'put';
        const contract = optionContract(formatOptionSymbol({ root: 'AAPL', expiry, right, strike: Number(row[7]) }));
        if (row[19] !== '*') told.set(contract.symbol, { volatility: Number(row[14]), delta: Number(row[20]) });
        return row[19] === '*' ? [] : [{ contract, bid: side(row[11]), ask: side(row[10]) }];
      });
      const inputs = await chainInputs('AAPL', date, { expectedDividends: true, seed: 0, data: shared });
      const day = chainDay('AAPL', { date, at, spot: 94.48 }, quotes);
      const { expiries } = chainSnapshot(day, 'AAPL', at, inputs.pricer);
      const volatilities: number[] = [];
      const deltas: number[] = [];
      for (const { rows } of expiries.filter((expiry) => expiry.inputs.years > 3 / 365)) {
        for (const { contract, volatility, greeks } of rows) {
          const theirs = told.get(contract.symbol);
          const near = Math.abs(Math.log(contract.strike / 94.48)) < 0.1;
          if (!near || theirs === undefined || !(theirs.volatility > 0) || volatility === null) continue;
          volatilities.push(Math.abs(volatility - theirs.volatility));
          deltas.push(Math.abs((greeks?.delta ?? 9) - theirs.delta));
        }
      }
      expect(volatilities.length).toBeGreaterThan(200);
      expect(deltas.length).toBe(volatilities.length);
      expect(median(volatilities)).toBeLessThan(0.001);
      expect(median(deltas)).toBeLessThan(0.001);
    });
  },
);
