import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nyInstant, nyTime } from '@trading-agent/calendar';
import { marketDate, nanosText } from '@trading-agent/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectBars } from './training-source.ts';

const FLAT_FILES = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/flatfiles`;

describe.skipIf(!existsSync(FLAT_FILES))(`recorded bars in ${FLAT_FILES}`, () => {
  it('SPY in January 2011: the regular session alone, and days without a file counted', async () => {
    const source = { kind: 'flat-files' as const, dataDir: FLAT_FILES };
    const { bars, symbols } = await collectBars({
      source,
      symbols: ['SPY'],
      from: marketDate('2010-12-30'),
      to: marketDate('2011-01-31'),
    });
    // Counted with awk over the same 20 files: 14,180 rows of SPY, of which 7,800 start from 09:30 to 15:59.
    expect(symbols).toEqual([{ symbol: 'SPY', bars: 7_800, missingDays: 2, quarantinedRows: 0 }]);
    const times = bars.get('SPY')?.map(({ start }) => nyTime(start)) ?? [];
    expect([times.toSorted()[0], times.toSorted().at(-1)]).toEqual(['09:30:00', '15:59:00']);
  });
});

describe('collectBars', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'trainer-files-'));
  });
  afterAll(() => rm(dataDir, { recursive: true }));

  async function write(date: string, rows: readonly (readonly [ticker: string, time: string, close: number])[]) {
    const file = join(dataDir, 'us_stocks_sip/minute_aggs_v1', date.slice(0, 4), date.slice(5, 7), `${date}.csv`);
    const lines = rows.map(([ticker, time, close]) => {
      const start = nanosText(nyInstant(marketDate(date), time));
      return `${ticker},100,${close},${close},${close},${close},${start},1`;
    });
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `ticker,volume,open,close,high,low,window_start,transactions\n${lines.join('\n')}\n`);
  }

  it('leaves out what a half day traded after its close; broken rows and quiet symbols are told', async () => {
    await write('2026-11-25', [
      ['AAA', '09:29', 1],
      ['AAA', '09:30', 2],
      ['AAA', '15:59', 3],
      ['AAA', '16:00', 4],
      ['BBB', '10:00', 9],
    ]);
    await write('2026-11-27', [
      ['AAA', '12:59', 5],
      ['AAA', '13:00', 6],
      ['AAA', '13:05', Number.NaN],
    ]);
    const range = { from: marketDate('2026-11-25'), to: marketDate('2026-11-27') };
    const source = { kind: 'flat-files' as const, dataDir };
    const { bars, symbols } = await collectBars({ source, symbols: ['AAA', 'BBB', 'CCC'], ...range });
    expect(bars.get('AAA')?.map(({ close }) => close)).toEqual([2, 3, 5]);
    expect(symbols).toEqual([
      { symbol: 'AAA', bars: 3, missingDays: 0, quarantinedRows: 1 },
      { symbol: 'BBB', bars: 1, missingDays: 1, quarantinedRows: 0 },
      { symbol: 'CCC', bars: 0, missingDays: 2, quarantinedRows: 0 },
    ]);
    await expect(collectBars({ source, symbols: ['CCC'], ...range })).rejects.toMatchObject({
      code: 'DATA_DAY_MISSING',
      details: { symbols: ['CCC'], from: '2026-11-25', to: '2026-11-27' },
    });
  });
});
