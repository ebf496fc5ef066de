import { existsSync } from 'node:fs';
import { nyInstant } from '@trading-agent/calendar';
import { marketDate, nanosText } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { BAR_HEADER, FlatFileFixture } from '../flat-file.fixture.ts';
import { openFlatFileArchive } from './archive.ts';
import { surveyCoverage } from './coverage.ts';

const SHARED = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/flatfiles`;
const STOCKS = 'us_stocks_sip/minute_aggs_v1';
const row = (ticker: string, date: string, close = '10') =>
  `${ticker},100,10,${close},11,9,${nanosText(nyInstant(marketDate(date), '10:00'))},`;

describe('coverage', () => {
  it('tells present, missing, late and quarantined apart, per underlying', async () => {
    using fixture = new FlatFileFixture();
    fixture.write(STOCKS, '2026-11-02', [BAR_HEADER, row('A', '2026-11-02'), row('B', '2026-11-02')]);
    fixture.write(STOCKS, '2026-11-04', [BAR_HEADER, row('A', '2026-11-04'), row('B', '2026-11-04', 'x')]);
    const ask = (now: string) =>
      surveyCoverage({
        archive: openFlatFileArchive(fixture.dir),
        now: nyInstant(marketDate('2026-11-06'), now),
        to: marketDate('2026-11-05'),
      });
    const [before] = await ask('10:59');
    expect(before).toMatchObject({ feed: STOCKS, days: { present: 2, missing: 1, late: 1 }, quarantined: 1, rows: 3 });
    expect(before?.underlyings).toMatchObject([
      { underlying: 'A', rows: 2, missing: [{ from: '2026-11-03', sessions: 1 }], quarantined: 0 },
      { underlying: 'B', rows: 1, missing: [{ from: '2026-11-03', to: '2026-11-04', sessions: 2 }], quarantined: 1 },
    ]);
    expect(before?.late).toEqual([{ from: '2026-11-05', to: '2026-11-05', sessions: 1 }]);
    const [after] = await ask('11:00');
    expect(after).toMatchObject({ days: { present: 2, missing: 2, late: 0 } });
  });

  it('names a file that ends too soon and counts what it held', async () => {
    using fixture = new FlatFileFixture();
    fixture.writeBytes(STOCKS, '2026-11-02', Buffer.from('no gzip'), 'csv.gz');
    const [feed] = await surveyCoverage({
      archive: openFlatFileArchive(fixture.dir),
      now: nyInstant(marketDate('2026-11-09'), '12:00'),
    });
    expect(feed?.broken).toMatchObject([{ date: '2026-11-02' }]);
  });
});

describe.skipIf(!existsSync(SHARED))(`coverage of ${SHARED}`, () => {
  it('finds the two earnings days that the AAPL contract of 2015 lacks', async () => {
    const found = await surveyCoverage({
      archive: openFlatFileArchive(SHARED),
      now: nyInstant(marketDate('2026-11-09'), '12:00'),
      from: marketDate('2015-01-02'),
      to: marketDate('2015-12-31'),
      underlyings: ['AAPL'],
    });
    const days = found.find(({ feed }) => feed === 'us_options_opra/day_aggs_v1');
    expect(days?.underlyings).toMatchObject([
      {
        underlying: 'AAPL',
        rows: 248,
        missing: [
          { from: '2015-04-27', to: '2015-04-28', sessions: 2 },
          // The files of these two days hold the GOOG chain alone.
          { from: '2015-12-23', to: '2015-12-24', sessions: 2 },
        ],
      },
    ]);
  });
});
