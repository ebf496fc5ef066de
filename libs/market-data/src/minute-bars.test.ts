import { existsSync } from 'node:fs';
import { nyInstant, nyTime } from '@trading-agent/calendar';
import { isTradingError, marketDate, nanosText } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { BAR_HEADER, FlatFileFixture } from './flat-file.fixture.ts';
import { readMinuteBars } from './minute-bars.ts';

const FLAT_FILES = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/flatfiles`;

describe.skipIf(!existsSync(FLAT_FILES))(`minute bars in ${FLAT_FILES}`, () => {
  // Counted with zcat and grep over the same files.
  it('reads SPY over a month and names the sessions without a file', async () => {
    const { bars, missing } = await readMinuteBars({
      dataDir: FLAT_FILES,
      symbol: 'SPY',
      from: marketDate('2020-01-06'),
      to: marketDate('2020-01-10'),
    });
    expect(missing).toEqual(['2020-01-09', '2020-01-10']);
    expect(bars).toHaveLength(441 + 474 + 455);
    expect(bars.every((bar, index) => index === 0 || bar.start > (bars[index - 1]?.start ?? 0))).toBe(true);
  });

  it('reads an option with or without prefix and an index', async () => {
    const range = { dataDir: FLAT_FILES, from: marketDate('2015-12-24'), to: marketDate('2015-12-24') };
    const plain = await readMinuteBars({ ...range, symbol: 'GOOG151224C00750000' });
    const prefixed = await readMinuteBars({ ...range, symbol: 'O:GOOG151224C00750000' });
    expect(prefixed).toEqual(plain);
    expect(plain.bars).toHaveLength(70);
    expect(plain.bars[0]?.symbol).toBe('GOOG151224C00750000');
    const index = await readMinuteBars({
      dataDir: FLAT_FILES,
      symbol: 'I:SPX',
      from: marketDate('2023-06-26'),
      to: marketDate('2023-06-26'),
    });
    expect(index.bars[0]).toMatchObject({ symbol: 'I:SPX', open: 4343.63, close: 4345.01, volume: 0 });
    expect(nyTime(index.bars[0]?.start ?? nyInstant(marketDate('2023-06-26'), '00:00'))).toBe('09:30:00');
  });
});

describe('readMinuteBars', () => {
  const day = marketDate('2015-12-24');
  const row = (ticker: string, time: string, price: number) =>
    `${ticker},10,${price},${price},${price},${price},${nanosText(nyInstant(day, time))},`;

  it('gives the bars of one instrument in time order, the last of two for one minute, and quarantines bad ones', async () => {
    using fixture = new FlatFileFixture();
    const file = fixture.write('us_stocks_sip/minute_aggs_v1', day, [
      BAR_HEADER,
      row('GOOG', '09:31', 2),
      row('GOOG', '09:30', 1),
      row('GOOG', '09:31', 3),
      row('TWX', '09:31', 9),
      `GOOG,10,1,1,0.5,1,${nanosText(nyInstant(day, '09:33'))},`,
    ]);
    const found = await readMinuteBars({ dataDir: fixture.dir, symbol: 'GOOG', from: day, to: day });
    expect(found.bars.map((bar) => [nyTime(bar.start), nyTime(bar.end), bar.close])).toEqual([
      ['09:30:00', '09:31:00', 1],
      ['09:31:00', '09:32:00', 3],
    ]);
    expect(found.quarantined).toMatchObject([{ file, line: 6, reason: 'open or close lies outside low to high' }]);
    expect(found.missing).toEqual([]);
  });

  it('has no bars of a symbol that no file speaks of', async () => {
    using fixture = new FlatFileFixture();
    const found = await readMinuteBars({
      dataDir: fixture.dir,
      symbol: 'NOPE',
      from: day,
      to: marketDate('2015-12-28'),
    });
    expect(found).toEqual({ bars: [], missing: ['2015-12-24', '2015-12-28'], quarantined: [], quarantinedTotal: 0 });
  });

  it('refuses a range that ends before it begins', async () => {
    using fixture = new FlatFileFixture();
    const call = readMinuteBars({ dataDir: fixture.dir, symbol: 'GOOG', from: day, to: marketDate('2015-12-23') });
    await expect(call).rejects.toSatisfy((error) => isTradingError(error, 'OUT_OF_RANGE'));
  });
});
