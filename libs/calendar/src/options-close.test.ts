import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { marketDate, microsFromNanosText, type MarketDate, type Micros } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { closesLate, nyTime, optionsClose } from './index.ts';

const quotes = join(
  process.env['TRADING_AGENT_SHARED'] ?? '../shared',
  'data/flatfiles/us_options_opra/quotes_v1_1min_samples/2021/01',
);

describe.skipIf(!existsSync(quotes))(`SPXW quotes in ${quotes}`, () => {
  it.each(['2021-01-05', '2021-01-06', '2021-01-07', '2021-01-08'])('of %s end at the close of each expiry', (day) => {
    const date = marketDate(day);
    const [header = '', ...rows] = gunzipSync(readFileSync(join(quotes, `${day}.csv.gz`)))
      .toString('latin1')
      .trim()
      .split('\n');
    const column = header.split(',').indexOf('sip_timestamp');
    const last = new Map<MarketDate, Micros>();
    for (const row of rows) {
      const fields = row.split(',');
      const [, yy, mm, dd] = /^O:SPXW(\d\d)(\d\d)(\d\d)/.exec(fields[0] ?? '') ?? [];
      const expiry = marketDate(`20${yy}-${mm}-${dd}`);
      const at = microsFromNanosText(fields[column] ?? '');
      if (at > (last.get(expiry) ?? 0)) last.set(expiry, at);
    }
    expect(last.size).toBeGreaterThan(0);
    for (const [expiry, at] of last) expect(nyTime(at)).toBe(nyTime(optionsClose(date, 'SPXW', expiry)));
  });
});

describe('optionsClose', () => {
  it.each([
    ['2014-06-05', 'TWX', undefined, '16:00:00'],
    ['2014-06-05', 'SPY', undefined, '16:15:00'],
    ['2015-12-24', 'GOOG', undefined, '13:00:00'],
    ['2015-12-24', 'QQQ', undefined, '13:15:00'], // NYSE holiday page: "1:15 p.m. for eligible options"
    ['2021-01-08', 'SPX', '2021-01-15', '16:15:00'],
    ['2021-01-08', 'SPXW', '2021-01-08', '16:00:00'],
    ['2021-01-08', 'SPY', '2021-01-08', '16:15:00'],
  ])('on %s options on %s expiring %s stop at %s', (date, underlying, expiry, time) => {
    const at = optionsClose(marketDate(date), underlying, expiry === undefined ? undefined : marketDate(expiry));
    expect(nyTime(at)).toBe(time);
  });

  it('refuses a day on which the exchange is closed', () => {
    expect(() => optionsClose(marketDate('2015-12-25'), 'SPY')).toThrow(
      expect.objectContaining({ code: 'NOT_A_SESSION', hint: expect.stringContaining('2015-12-24 and 2015-12-28') }),
    );
  });

  it('knows stocks from funds and indexes', () => {
    expect(['SPY', 'IWM', 'XLE', 'SPX', 'VIX', 'RUTW'].every(closesLate)).toBe(true);
    expect(['AAPL', 'GOOG', 'TSLA', 'GLD', 'constructor'].some(closesLate)).toBe(false);
  });
});
