import { existsSync } from 'node:fs';
import { nyInstant } from '@trading-agent/calendar';
import { marketDate, nanosText } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { readCorporateActions } from '../known-reference/corporate-actions-file.ts';
import { openFlatFileArchive } from '../coverage/archive.ts';
import { BAR_HEADER, FlatFileFixture, QUOTE_HEADER } from '../flat-file.fixture.ts';
import { readChainFolder, readSeriesFolder } from './extra-files.ts';
import { type VerifyReport, verifyArchive } from './verify.ts';

const SHARED = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data`;
const DAY = '2015-12-24';
const at = (time: string) => nanosText(nyInstant(marketDate(DAY), time));
const quote = (ticker: string, time: string, bid: number, ask: number) => `${ticker},,${ask},1,,${bid},1,,${at(time)}`;
const call = (strike: number) => `O:GOOG160115C${String(strike * 1000).padStart(8, '0')}`;

async function verdict(fixture: FlatFileFixture): Promise<readonly string[]> {
  const report = await verifyArchive({ archive: openFlatFileArchive(fixture.dir) });
  return report.findings.map(({ check, count }) => `${check} ${count}`).sort();
}

function found(report: VerifyReport, check: string): readonly string[] {
  return report.findings
    .filter((finding) => finding.check === check)
    .map(({ date, underlying, count }) => `${date ?? '-'} ${underlying} ${count}`);
}

describe('verify', () => {
  it('finds nothing in sound rows', async () => {
    using fixture = new FlatFileFixture();
    fixture.write('us_options_opra/quotes_v1', DAY, [
      QUOTE_HEADER,
      quote(call(740), '10:00', 12, 12.2),
      quote(call(750), '10:00', 7, 7.2),
      quote(call(760), '10:00', 3, 3.2),
    ]);
    expect(await verdict(fixture)).toEqual([]);
  });

  it('finds rows that contradict themselves', async () => {
    using fixture = new FlatFileFixture();
    fixture.write('us_options_opra/quotes_v1', DAY, [
      QUOTE_HEADER,
      quote(call(740), '10:00', 3, 2),
      quote(call(740), '10:01', -1, 2),
      quote(call(740), '10:02', 1, 2),
      quote(call(740), '10:02', 1, 2),
    ]);
    fixture.write('us_stocks_sip/minute_aggs_v1', DAY, [
      BAR_HEADER,
      `GOOG,5,10,10,9,8,${at('10:00')},`,
      `GOOG,-5,10,10,11,9,${at('10:01')},`,
      `GOOG,6,10,10,11,9,${at('10:01')},`,
    ]);
    expect(await verdict(fixture)).toEqual([
      'bar-range 1',
      'conflicting-row 1',
      'crossed-quote 1',
      'duplicate-row 1',
      'negative-price 1',
      'negative-volume 1',
    ]);
  });

  it('finds chains that no market could hold, and days that are not the sum of their minutes', async () => {
    using fixture = new FlatFileFixture();
    fixture.write('us_options_opra/quotes_v1', DAY, [
      QUOTE_HEADER,
      quote(call(740), '10:00', 12, 12.2),
      quote(call(750), '10:00', 9, 9.2),
      quote(call(760), '10:00', 3, 3.2),
      quote(call(770), '10:00', 3.5, 3.6),
      quote('O:GOOG160115P00740000', '10:00', 40, 41),
    ]);
    fixture.write('us_stocks_sip/minute_aggs_v1', DAY, [BAR_HEADER, `GOOG,5,750,750,750,750,${at('10:00')},`]);
    fixture.write('us_stocks_sip/day_aggs_v1', DAY, [BAR_HEADER, `GOOG,6,750,750,750,750,${at('00:00')},`]);
    expect(await verdict(fixture)).toEqual(['convexity 1', 'parity 1', 'roll-up 1', 'strike-order 1']);
  });

  it('calls a quote stale that stood still while others moved', async () => {
    using fixture = new FlatFileFixture();
    fixture.write('us_options_opra/quotes_v1', DAY, [
      QUOTE_HEADER,
      quote(call(740), '09:31', 12, 12.2),
      quote(call(750), '09:31', 7, 7.2),
      quote(call(750), '12:30', 6.9, 7.1),
    ]);
    expect(await verdict(fixture)).toEqual(['stale-quote 1']);
  });
});

describe.skipIf(!existsSync(SHARED))(`verify of ${SHARED}`, () => {
  it('finds the known oddities', async () => {
    const report = await verifyArchive({
      archive: openFlatFileArchive(`${SHARED}/flatfiles`),
      from: marketDate('2014-06-05'),
      to: marketDate('2015-12-31'),
      chains: await readChainFolder(`${SHARED}/chains_eod`),
      series: await readSeriesFolder(`${SHARED}/stocks_history/daily_by_symbol`),
      splits: (await readCorporateActions(`${SHARED}/reference/corporate_actions`)).splits,
    });
    const rolled = report.rollUps
      .filter(({ asset }) => asset === 'options')
      .map(({ date, underlying, equal, tickers }) => `${date} ${underlying} ${equal}/${tickers}`);
    expect(rolled).toContain('2014-06-09 AAPL 1138/1138');
    expect(rolled).toContain('2014-06-05 TWX 28/28');
    expect(found(report, 'roll-up').filter((text) => text.startsWith('2015-12-24'))).toHaveLength(2);
    // No minute quotes of AAPL on the day before its split.
    expect(found(report, 'bars-without-quotes')).toContain('2014-06-06 AAPL 1185');
    expect(report.splits).toEqual([
      { symbol: 'AAPL', date: '2014-06-09', ratio: 7, before: 2180, adjusted: 2180, unadjusted: 0 },
    ]);
    // A trade before the opening at the old price.
    expect(found(report, 'split-price')).toEqual(['2014-06-09 AAPL 1']);
    expect(found(report, 'ticker-reuse')).toEqual(['- EEM 1', '- FB 1', '- USO 1', '- WM 1']);
    // In the day bars and in the chains.
    expect(found(report, 'series-hole')).toEqual(['- AAPL 2', '- AAPL 2', '- QQQ 1']);
    expect(report.checks.filter(({ check }) => check === 'open-interest')).toMatchObject([
      { checked: 2506, failed: 0 },
    ]);
  });
});
