import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { nyInstant } from '@trading-agent/calendar';
import { type MarketDate, marketDate, type Micros } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../european/outcomes.ts';
import { exInstant, expiryInstant, impliedForward, yearsBetween } from '../term/index.ts';
import { curveAsOf } from '../testing/treasury-history.ts';
import { DividendSlice } from './dividend-slice.ts';
import { newChainColumns } from '../american/chain-columns.ts';

const shared = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data');
const rates = join(shared, 'reference/us_treasury_par_yields_1990_2021.csv.gz');
const read = (path: string): string => gunzipSync(readFileSync(path)).toString();

interface Quote {
  readonly expiry: MarketDate;
  readonly strike: number;
  readonly call: boolean;
  readonly bid: number;
  readonly ask: number;
  readonly vendor: number;
}

interface Chain {
  readonly root: string;
  readonly at: Micros;
  readonly date: MarketDate;
  readonly spot: number;
  readonly dividends: readonly (readonly [string, number])[];
  readonly quotes: readonly Quote[];
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Solves a chain expiry by expiry and compares what must agree. */
function study(chain: Chain) {
  const curve = curveAsOf(read(rates), chain.date);
  const between: number[] = [];
  const toVendor: number[] = [];
  const borrows: number[] = [];
  const outcomes = new Map<string, number>();
  for (const expiry of new Set(chain.quotes.map((one) => one.expiry))) {
    const years = yearsBetween(chain.at, expiryInstant({ expiry, settles: 'pm', root: chain.root }));
    if (years <= 3 / 365) continue;
    const dividends = chain.dividends.map(([date, cash]) => ({
      years: yearsBetween(chain.at, exInstant(marketDate(date))),
      cash,
      proportion: 0,
    }));
    const mine = chain.quotes.filter((one) => one.expiry === expiry);
    const pairs = mine
      .filter((one) => one.call)
      .flatMap((call) => {
        const put = mine.find((one) => !one.call && one.strike === call.strike);
        return put === undefined
          ? []
          : [{ strike: call.strike, callBid: call.bid, callAsk: call.ask, putBid: put.bid, putAsk: put.ask }];
      });
    const rate = curve.rate(years);
    const { spot } = chain;
    const found = impliedForward({ spot, years, rate, dividends, exercise: 'american', pairs });
    if (found.kind !== 'ok') continue;
    borrows.push(found.borrow);
    const count = mine.length;
    const out = newChainColumns(count);
    new DividendSlice({ years, rate, yield: found.borrow, dividends }, spot).implied(
      count,
      spot,
      Float64Array.from(mine, (one) => one.strike),
      Uint8Array.from(mine, (one) => (one.call ? 1 : 0)),
      Float64Array.from(mine, (one) => (one.bid > 0 && one.ask > one.bid ? 0.5 * (one.bid + one.ask) : 0)),
      new Float64Array(count),
      out,
    );
    for (const column of Object.values(out)) for (const value of column) expect(Number.isFinite(value)).toBe(true);
    const calls = new Map<number, number>();
    mine.forEach((one, k) => {
      const kind = outcomeOf(out.status[k] ?? 4);
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
      const near = Math.abs(Math.log(one.strike / spot)) < 0.1;
      if (kind !== 'ok' || !near) return;
      const volatility = out.volatility[k] ?? 0;
      if (one.vendor > 0) toVendor.push(Math.abs(volatility - one.vendor));
      if (one.call) calls.set(one.strike, volatility);
    });
    mine.forEach((one, k) => {
      const call = calls.get(one.strike);
      if (!one.call && call !== undefined && out.status[k] === 0)
        between.push(Math.abs(call - (out.volatility[k] ?? 0)));
    });
  }
  return { between: median(between), toVendor: median(toVendor), pairs: between.length, borrows, outcomes };
}

const endOfDay = join(shared, 'chains_eod/AAPL_2014-06-06.csv.gz');
const timeWarner = join(shared, 'chains_eod/TWX_2014-06-05.csv.gz');
const vendor = join(shared, 'vendor_greeks/ivolatility_AAPL_2014-08-07.csv.gz');

function chainFile(path: string, root: string, dividends: Chain['dividends']): Chain {
  const lines = read(path).trim().split('\n').slice(1);
  const cells = lines.map((line) => line.split(','));
  const date = marketDate(cells[0]?.[0] ?? '');
  const quotes = cells.map((row) => ({
    expiry: marketDate(row[3] ?? ''),
    call: row[4] === 'call',
    strike: Number(row[5]),
    bid: Number(row[7]),
    ask: Number(row[9]),
    vendor: 0,
  }));
  return { root, at: nyInstant(date, '16:00'), date, spot: Number(cells[0]?.[14]), dividends, quotes };
}

const optionQuotes = join(shared, 'flatfiles/us_options_opra/quotes_v1_1min_samples/2015/12/2015-12-24.csv.gz');
const stockQuotes = join(shared, 'flatfiles/us_stocks_sip/quotes_v1_1min_samples/2015/12/2015-12-24.csv.gz');

/** The last two-sided quote of each ticker up to `at`: ticker, ask, bid. */
function lastQuotes(
  path: string,
  prefix: string,
  at: Micros,
): ReadonlyMap<string, readonly [ask: number, bid: number]> {
  const last = new Map<string, readonly [number, number]>();
  for (const line of read(path).split('\n')) {
    if (!line.startsWith(prefix)) continue;
    const row = line.split(',');
    const ask = Number(row[2]);
    const bid = Number(row[5]);
    if (ask > 0 && bid > 0 && Number(row[8]) <= at * 1000) last.set(row[0] ?? '', [ask, bid]);
  }
  return last;
}

function googNoon(): Chain {
  const date = marketDate('2015-12-24');
  const at = nyInstant(date, '12:00');
  const [ask = 0, bid = 0] = lastQuotes(stockQuotes, 'GOOG,', at).get('GOOG') ?? [];
  const quotes = [...lastQuotes(optionQuotes, 'O:GOOG1', at)].map(([ticker, quote]) => ({
    expiry: marketDate(`20${ticker.slice(6, 8)}-${ticker.slice(8, 10)}-${ticker.slice(10, 12)}`),
    call: ticker[12] === 'C',
    strike: Number(ticker.slice(13)) / 1000,
    ask: quote[0],
    bid: quote[1],
    vendor: 0,
  }));
  return { root: 'GOOG', at, date, spot: 0.5 * (ask + bid), dividends: [], quotes };
}

const usDate = (text: string): MarketDate => {
  const [month = '', day = '', year = ''] = text.split('/');
  return marketDate(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
};

/** What became of every quote: those without a volatility are counted, not solved; the figures in docs/pricing.md. */
const OUTCOMES = {
  apple: { ok: 1872, 'below-intrinsic': 191, 'no-quote': 117 },
  timeWarner: { ok: 154, 'below-intrinsic': 17, 'no-quote': 13 },
  google: { ok: 1597, 'below-intrinsic': 142 },
  vendor: { ok: 1222, 'below-intrinsic': 16 },
};

const aapl = ['2014-08-07', '2014-11-06', '2015-02-05', '2015-05-07', '2015-08-06', '2015-11-05'];

describe.skipIf(![rates, endOfDay, timeWarner, vendor, optionQuotes, stockQuotes].every((path) => existsSync(path)))(
  `real chains with dividends (${endOfDay}, ${timeWarner}, ${vendor})`,
  () => {
    it('AAPL 2014-06-06: calls and puts of a strike tell one volatility, the fee is small', () => {
      const result = study(
        chainFile(
          endOfDay,
          'AAPL',
          aapl.map((date) => [date, 3.29] as const),
        ),
      );
      expect(result.pairs).toBeGreaterThan(150);
      expect(result.between).toBeLessThan(0.002);
      expect(Object.fromEntries(result.outcomes)).toEqual(OUTCOMES.apple);
      expect(Math.abs(median(result.borrows))).toBeLessThan(0.01);
      expect(
        (result.outcomes.get('ok') ?? 0) / [...result.outcomes.values()].reduce((a, b) => a + b, 0),
      ).toBeGreaterThan(0.6);
    });

    it('TWX 2014-06-05: likewise', () => {
      const result = study(
        chainFile(timeWarner, 'TWX', [
          ['2014-08-28', 0.3175],
          ['2014-11-26', 0.3175],
        ]),
      );
      expect(result.pairs).toBeGreaterThan(5);
      expect(result.between).toBeLessThan(0.002);
      expect(Object.fromEntries(result.outcomes)).toEqual(OUTCOMES.timeWarner);
    });

    it('GOOG 2015-12-24 at noon, a stock without dividends: likewise, and its fee is next to nothing', () => {
      const result = study(googNoon());
      expect(result.pairs).toBeGreaterThan(100);
      expect(result.between).toBeLessThan(0.002);
      expect(Object.fromEntries(result.outcomes)).toEqual(OUTCOMES.google);
      expect(Math.abs(median(result.borrows))).toBeLessThan(0.01);
    });

    it('AAPL 2014-08-07: near the money the median distance to the vendor’s volatility is at most 0.001', () => {
      const rows = read(vendor)
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(','));
      const quotes = rows
        .filter((row) => row[19] !== '*')
        .map((row) => ({
          expiry: usDate(row[6] ?? ''),
          strike: Number(row[7]),
          call: row[8] === 'C',
          ask: Number(row[10]),
          bid: Number(row[11]),
          vendor: Number(row[14]),
        }));
      const date = marketDate('2014-08-07');
      const dividends = aapl.slice(1).map((day) => [day, 0.47] as const);
      const result = study({ root: 'AAPL', at: nyInstant(date, '16:00'), date, spot: 94.48, dividends, quotes });
      expect(result.pairs).toBeGreaterThan(100);
      expect(result.toVendor).toBeLessThan(0.001);
      expect(result.between).toBeLessThan(0.002);
      expect(Object.fromEntries(result.outcomes)).toEqual(OUTCOMES.vendor);
    });
  },
);
