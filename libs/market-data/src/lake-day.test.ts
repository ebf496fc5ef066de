import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nyInstant } from '@trading-agent/calendar';
import { marketDate, nanosText } from '@trading-agent/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BAR_HEADER, FlatFileFixture, QUOTE_HEADER } from './flat-file.fixture.ts';
import { recordedHoles } from './day-holes.ts';
import { ingest } from './lake/index.ts';
import { readMinuteBars } from './minute-bars.ts';
import { loadRecordedDay } from './recorded-day.ts';

const SHARED = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/flatfiles`;
const DATE = marketDate('2014-06-09');
const at = (time: string) => nanosText(nyInstant(DATE, time));

let lakeDir: string;
beforeEach(() => {
  lakeDir = mkdtempSync(join(tmpdir(), 'lake-day-'));
});
afterEach(() => rmSync(lakeDir, { recursive: true, force: true }));

describe('a day out of a lake', () => {
  it('is the day of the flat files, bad rows left out and counted', async () => {
    using files = new FlatFileFixture();
    const call = 'O:AAPL140613C00090000';
    files.write('us_options_opra/quotes_v1_1min_samples', DATE, [
      QUOTE_HEADER,
      `${call},,1.1,5,,1,4,,${at('10:00')}`,
      `${call},,1.1,,,0,4,,${at('10:01')}`,
      `${call},,1,5,,1.2,4,,${at('10:02')}`,
      `${call},,-1,5,,1.2,4,,${at('10:03')}`,
      `${call},,x,5,,1.2,4,,${at('10:04')}`,
      `O:IBM140613C00180000,,1.1,5,,1,4,,${at('10:00')}`,
    ]);
    files.write('us_options_opra/trades_v1', DATE, [
      'ticker,conditions,correction,exchange,price,sip_timestamp,size',
      `${call},,0,,1.05,${at('10:00')},3`,
      `${call},,10,,1.05,${at('10:00')},3`,
    ]);
    files.write('us_stocks_sip/minute_aggs_v1', DATE, [
      BAR_HEADER,
      `AAPL,5,90,91,92,89,${at('10:00')},3`,
      `AAPL,5,90,91,90,89,${at('10:01')},3`,
      `AAPL,,90,91,92,89,${at('10:02')},3`,
    ]);
    const note = {
      from: 1,
      to: 2,
      reason: 'the stream was away',
      channel: 'options',
      symbols: ['*'],
      unfilled: [],
      id: 1,
    };
    mkdirSync(join(files.dir, 'recordings'));
    writeFileSync(join(files.dir, 'recordings', `${DATE}.gaps.jsonl`), `${JSON.stringify(note)}\n`);
    await ingest({ fromDir: files.dir, lakeDir, parquet: false });
    expect(recordedHoles(lakeDir, DATE)).toEqual(recordedHoles(files.dir, DATE));
    expect(recordedHoles(lakeDir, DATE)).toMatchObject([{ reason: 'the stream was away' }]);
    const request = { date: DATE, underlyings: ['AAPL'] };
    const { quarantined, ...flat } = await loadRecordedDay({ ...request, dataDir: files.dir });
    const { quarantined: ofLake, ...day } = await loadRecordedDay({ ...request, dataDir: lakeDir });
    expect(day).toEqual(flat);
    expect(day.quarantinedTotal).toBe(4);
    expect(ofLake.map(({ reason }) => reason)).toEqual([
      'ask_price is not a number: "x"',
      'crossed: bid 1.2 above ask 1',
      'a price or size is negative: 1.2 4 -1 5',
      'open or close lies outside low to high',
    ]);
    expect(quarantined).toHaveLength(4);
    const bars = { symbol: 'AAPL', from: DATE, to: marketDate('2014-06-10') };
    const { bars: own, missing } = await readMinuteBars({ ...bars, dataDir: lakeDir });
    const { bars: expected } = await readMinuteBars({ ...bars, dataDir: files.dir });
    expect(own).toEqual(expected);
    expect([own.length, missing]).toEqual([2, ['2014-06-10']]);
    await expect(loadRecordedDay({ ...request, underlyings: ['MSFT'], dataDir: lakeDir })).rejects.toMatchObject({
      code: 'UNKNOWN_SYMBOL',
    });
    const other = { ...request, date: marketDate('2014-06-10'), dataDir: lakeDir };
    await expect(loadRecordedDay(other)).rejects.toMatchObject({ code: 'DATA_DAY_MISSING' });
  });

  it.skipIf(!existsSync(SHARED))('of TWX 2014-06-06 is that of the real flat files', async () => {
    const days = { from: marketDate('2014-06-05'), to: marketDate('2014-06-06') };
    await ingest({ fromDir: SHARED, lakeDir, parquet: false, ...days });
    const request = { date: days.to, underlyings: ['TWX'] };
    const flat = await loadRecordedDay({ ...request, dataDir: SHARED });
    expect(flat.steps.length).toBeGreaterThan(300);
    expect(await loadRecordedDay({ ...request, dataDir: lakeDir })).toEqual(flat);
  });
});
