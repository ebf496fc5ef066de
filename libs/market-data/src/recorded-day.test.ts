import { existsSync } from 'node:fs';
import { nyInstant } from '@trading-agent/calendar';
import { MICROS_PER_MINUTE, isTradingError, marketDate, nanosText } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { BAR_HEADER, FlatFileFixture, QUOTE_HEADER } from './flat-file.fixture.ts';
import type { MarketDay } from './market-day.ts';
import { MAX_QUARANTINED } from './quarantine.ts';
import { loadRecordedDay } from './recorded-day.ts';

const FLAT_FILES = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/flatfiles`;
const DAY = marketDate('2015-12-24');
const QUOTES = 'us_options_opra/quotes_v1';
const SAMPLES = 'us_options_opra/quotes_v1_1min_samples';
const OPTION_BARS = 'us_options_opra/minute_aggs_v1';
const TRADES = 'us_options_opra/trades_v1';
const STOCKS = 'us_stocks_sip/minute_aggs_v1';

const at = (time: string) => nyInstant(DAY, time);
const quote = (ticker: string, time: string, bid: string, ask: string, bidSize = '1', askSize = '2') =>
  `${ticker},,${ask},${askSize},,${bid},${bidSize},,${nanosText(at(time))}`;
const bar = (ticker: string, time: string, ohlc: readonly [number, number, number, number], date = DAY) =>
  `${ticker},10,${ohlc[0]},${ohlc[3]},${ohlc[1]},${ohlc[2]},${nanosText(nyInstant(date, time))},`;

async function failure(
  promise: Promise<unknown>,
): Promise<{ code: string; message: string; hint: string; details: unknown }> {
  try {
    await promise;
  } catch (error) {
    if (!isTradingError(error)) throw error;
    return { code: error.code, message: error.message, hint: error.hint ?? '', details: error.details };
  }
  throw new Error('expected a TradingError, but the call succeeded');
}

const counts = (day: MarketDay) => ({
  contracts: day.contracts.length,
  quoteInstants: day.steps.filter((step) => step.quotes.length > 0).length,
  quotes: day.steps.reduce((sum, step) => sum + step.quotes.length, 0),
  bars: day.steps.reduce((sum, step) => sum + step.bars.length, 0),
  history: day.history.length,
  quarantined: day.quarantinedTotal,
});

describe.skipIf(!existsSync(FLAT_FILES))(`recorded days in ${FLAT_FILES}`, () => {
  // Counted with zcat and awk over the same files.
  it('reads the whole chain of GOOG on the half day 2015-12-24', async () => {
    const day = await loadRecordedDay({ dataDir: FLAT_FILES, date: DAY, underlyings: ['GOOG'] });
    expect(counts(day)).toEqual({
      contracts: 2192,
      quoteInstants: 211,
      quotes: 275_552,
      bars: 958 + 227,
      history: 432,
      quarantined: 0,
    });
    const rows = day.steps.flatMap((step) => step.quotes);
    expect(rows.filter((row) => row.bid === null && row.ask === null)).toHaveLength(985);
    expect(rows.filter((row) => row.bid !== null && row.ask === null)).toHaveLength(44_556);
    expect(rows.filter((row) => row.bid === null && row.ask !== null)).toHaveLength(66_781);
    const withQuotes = day.steps.filter((step) => step.quotes.length > 0);
    expect(withQuotes[0]?.at).toBe(at('09:31'));
    expect(withQuotes.at(-1)?.at).toBe(at('13:01'));
    expect(rows[0]).toEqual({
      symbol: 'GOOG151224C00590000',
      at: at('09:31'),
      bid: 157.5,
      bidSize: 2,
      ask: 161.5,
      askSize: 1,
    });
  });

  it.each([
    ['2014-06-05', { contracts: 184, quoteInstants: 391, quotes: 30_468, bars: 477, history: 0, quarantined: 0 }],
    ['2014-06-06', { contracts: 184, quoteInstants: 390, quotes: 26_527, bars: 468, history: 398, quarantined: 0 }],
  ])('reads TWX on %s, without the other underlyings of the files', async (date, expected) => {
    const day = await loadRecordedDay({ dataDir: FLAT_FILES, date: marketDate(date), underlyings: ['TWX'] });
    expect(counts(day)).toEqual(expected);
    expect(new Set(day.steps.flatMap((step) => step.bars).map((row) => row.symbol.slice(0, 3)))).toEqual(
      new Set(['TWX']),
    );
  });

  it('reads options on an index together with the index itself', async () => {
    const day = await loadRecordedDay({ dataDir: FLAT_FILES, date: marketDate('2023-06-26'), underlyings: ['SPX'] });
    expect(day.contracts.map((contract) => [contract.underlying, contract.root, contract.settlement])[0]).toEqual([
      'SPX',
      'SPXW',
      'cash',
    ]);
    expect(counts(day)).toMatchObject({ contracts: 4, quotes: 1501, quarantined: 0 });
    expect(day.steps.some((step) => step.bars.some((row) => row.symbol === 'I:SPX'))).toBe(true);
  });

  it('keeps the promises of a market day: time and symbols strictly increasing, each row known at its step', async () => {
    const day = await loadRecordedDay({ dataDir: FLAT_FILES, date: DAY, underlyings: ['GOOG'] });
    let previous = 0;
    for (const step of day.steps) {
      expect(step.at).toBeGreaterThan(previous);
      previous = step.at;
      for (const list of [step.quotes, step.bars]) {
        const symbols = list.map((row) => row.symbol);
        expect(symbols).toEqual([...new Set(symbols)].sort());
      }
      expect(step.bars.every((row) => row.end === step.at && row.start === step.at - MICROS_PER_MINUTE)).toBe(true);
      expect(step.quotes.every((row) => row.at === step.at)).toBe(true);
    }
  });

  it('names the days that exist when one is missing', async () => {
    const error = await failure(
      loadRecordedDay({ dataDir: FLAT_FILES, date: marketDate('2015-12-22'), underlyings: ['GOOG'] }),
    );
    expect(error.code).toBe('DATA_DAY_MISSING');
    expect(error.hint).toContain('2015-12-24');
  });

  it('names the underlyings that exist when one is unknown', async () => {
    const error = await failure(loadRecordedDay({ dataDir: FLAT_FILES, date: DAY, underlyings: ['GOOG', 'NOPE'] }));
    expect(error).toMatchObject({ code: 'UNKNOWN_SYMBOL', details: { missing: ['NOPE'] } });
    expect(error.hint).toContain('GOOG');
  });
});

describe('loadRecordedDay', () => {
  it('maps columns by name, reads plain and gzipped files alike and takes the last quote of an instant', async () => {
    using plain = new FlatFileFixture();
    using zipped = new FlatFileFixture();
    for (const [fixture, form] of [
      [plain, 'csv'],
      [zipped, 'csv.gz'],
    ] as const) {
      fixture.write(
        SAMPLES,
        DAY,
        [
          'sip_timestamp,bid_price,new_column,ticker,ask_price,bid_size,ask_size',
          `${nanosText(at('09:31'))},1.5,x,O:GOOG160115P00750000,1.6,3,4`,
          `${nanosText(at('09:31'))},1.1,"a,b",O:GOOG160115C00750000,1.3,3,4`,
          `${nanosText(at('09:31'))},1.2,"say ""x""",O:GOOG160115C00750000,1.3,5,4`,
        ],
        form,
      );
    }
    const day = await loadRecordedDay({ dataDir: plain.dir, date: DAY, underlyings: ['GOOG'] });
    expect(await loadRecordedDay({ dataDir: zipped.dir, date: DAY, underlyings: ['GOOG'] })).toEqual(day);
    expect(day.steps).toEqual([
      {
        at: at('09:31'),
        quotes: [
          { symbol: 'GOOG160115C00750000', at: at('09:31'), bid: 1.2, bidSize: 5, ask: 1.3, askSize: 4 },
          { symbol: 'GOOG160115P00750000', at: at('09:31'), bid: 1.5, bidSize: 3, ask: 1.6, askSize: 4 },
        ],
        bars: [],
        trades: [],
      },
    ]);
    expect(day.contracts.map((contract) => contract.symbol)).toEqual(['GOOG160115C00750000', 'GOOG160115P00750000']);
  });

  it('prefers real quotes to minute samples', async () => {
    using fixture = new FlatFileFixture();
    fixture.write(QUOTES, DAY, [QUOTE_HEADER, quote('O:GOOG160115C00750000', '09:31', '1.0', '1.2')]);
    fixture.write(SAMPLES, DAY, [QUOTE_HEADER, quote('O:GOOG160115C00750000', '09:31', '9.0', '9.2')]);
    const day = await loadRecordedDay({ dataDir: fixture.dir, date: DAY, underlyings: ['GOOG'] });
    expect(day.steps[0]?.quotes[0]?.bid).toBe(1);
  });

  it('reads a blank or zero price as a side that is not quoted', async () => {
    using fixture = new FlatFileFixture();
    fixture.write(QUOTES, DAY, [
      QUOTE_HEADER,
      quote('O:GOOG160115C00750000', '09:31', '', '0.05', '', '7'),
      quote('O:GOOG160115C00750000', '09:32', '0', '0.05', '4', '7'),
      quote('O:GOOG160115C00750000', '09:33', '0.05', '', '4', ''),
      quote('O:GOOG160115C00750000', '09:34', '', '', '', ''),
    ]);
    const day = await loadRecordedDay({ dataDir: fixture.dir, date: DAY, underlyings: ['GOOG'] });
    expect(day.quarantinedTotal).toBe(0);
    expect(day.steps.map(({ quotes: [row] }) => [row?.bid, row?.bidSize, row?.ask, row?.askSize])).toEqual([
      [null, 0, 0.05, 7],
      [null, 0, 0.05, 7],
      [0.05, 4, null, 0],
      [null, 0, null, 0],
    ]);
  });

  it('joins quotes, option bars, trades and underlying bars of several underlyings, and the session before as history', async () => {
    using fixture = new FlatFileFixture();
    fixture.write(QUOTES, DAY, [QUOTE_HEADER, quote('O:GOOG160115C00750000', '10:01', '1', '2')]);
    fixture.write(OPTION_BARS, DAY, [BAR_HEADER, bar('O:TWX160115P00065000', '10:00', [1, 2, 0.5, 1.5])]);
    fixture.write(TRADES, DAY, [
      'ticker,conditions,correction,exchange,price,sip_timestamp,size',
      `O:TWX160115P00065000,"209,227",0,1,1.5,${nanosText(at('10:01'))},3`,
      `O:TWX160115P00065000,,11,1,1.5,${nanosText(at('10:01'))},3`,
      `O:AAPL160115P00065000,,,1,1.5,${nanosText(at('10:01'))},3`,
    ]);
    fixture.write(STOCKS, DAY, [
      BAR_HEADER,
      bar('GOOG', '10:00', [750, 751, 749, 750.5]),
      bar('IBM', '10:00', [1, 1, 1, 1]),
      bar('TWX', '08:15', [65, 66, 64, 65]),
    ]);
    const before = marketDate('2015-12-23');
    fixture.write(STOCKS, before, [
      BAR_HEADER,
      bar('GOOG', '15:59', [740, 741, 739, 740], before),
      bar('TWX', '09:30', [64, 64, 64, 64], before),
    ]);
    const day = await loadRecordedDay({ dataDir: fixture.dir, date: DAY, underlyings: ['TWX', 'GOOG', 'TWX'] });
    expect(day.underlyings).toEqual(['GOOG', 'TWX']);
    expect(day.steps.map((step) => step.at)).toEqual([at('08:16'), at('10:01')]);
    const [, busy] = day.steps;
    expect(busy?.bars.map((row) => row.symbol)).toEqual(['GOOG', 'TWX160115P00065000']);
    expect(busy?.trades).toEqual([{ symbol: 'TWX160115P00065000', at: at('10:01'), price: 1.5, size: 3 }]);
    expect(day.history.map((row) => [row.symbol, row.close])).toEqual([
      ['TWX', 64],
      ['GOOG', 740],
    ]);
    expect(day.quarantinedTotal).toBe(0);
  });

  it('takes adjusted and mini contracts to their underlying', async () => {
    using fixture = new FlatFileFixture();
    fixture.write(QUOTES, DAY, [
      QUOTE_HEADER,
      quote('O:AAPL160115C00100000', '09:31', '1', '2'),
      quote('O:AAPL1160115C00100000', '09:31', '1', '2'),
      quote('O:AAPL7160115C00100000', '09:31', '1', '2'),
    ]);
    const day = await loadRecordedDay({ dataDir: fixture.dir, date: DAY, underlyings: ['AAPL'] });
    expect(day.contracts.map(({ root, adjusted, multiplier }) => [root, adjusted, multiplier])).toEqual([
      ['AAPL1', true, 100],
      ['AAPL', false, 100],
      ['AAPL7', false, 10],
    ]);
  });

  it('quarantines what it can not read, with file, line and reason, and uses the rest', async () => {
    using fixture = new FlatFileFixture();
    const good = 'O:GOOG160115C00750000';
    const file = fixture.write(QUOTES, DAY, [
      QUOTE_HEADER,
      quote(good, '09:31', '1', '2'),
      'O:GOOG160115C00750000,,2',
      quote('GOOG', '09:31', '1', '2'),
      quote('O:GOOG160231C00750000', '09:31', '1', '2'),
      quote(good, '09:32', 'abc', '2'),
      quote(good, '09:32', '-1', '2'),
      quote(good, '09:32', '3', '2'),
      quote(good, '09:32', '1', '2', 'x'),
      `${good},,2,1,,1,1,,14509`,
      `${good},,2,1,,1,1,,${nanosText(nyInstant(marketDate('2015-12-23'), '10:00'))}`,
      `${good},"open,2,1,,1,1,,${nanosText(at('09:32'))}`,
      quote(good, '09:33', '2', '2'),
      // Other underlyings are none of our business, whatever their numbers look like.
      quote('O:TWX160115C00750000', '09:32', 'abc', '2'),
    ]);
    const day = await loadRecordedDay({ dataDir: fixture.dir, date: DAY, underlyings: ['GOOG'] });
    expect(day.steps.map((step) => step.at)).toEqual([at('09:31'), at('09:33')]);
    expect(day.quarantined.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
      '3: expected 9 fields, found 3',
      '4: not an option symbol: "GOOG"',
      '5: not an option symbol: "O:GOOG160231C00750000"',
      '6: bid_price is not a number: "abc"',
      '7: bid_price is negative: -1',
      '8: crossed: bid 3 above ask 2',
      '9: bid_size is not a number: "x"',
      '10: sip_timestamp 14509 lies outside the day',
      `11: sip_timestamp ${nanosText(nyInstant(marketDate('2015-12-23'), '10:00'))} lies outside the day`,
      '12: a quoted field is not closed',
    ]);
    expect(day.quarantined.every((row) => row.file === file)).toBe(true);
    expect(day.quarantined[0]?.text).toBe('O:GOOG160115C00750000,,2');
    expect(day.quarantinedTotal).toBe(10);
  });

  it('keeps a thousand examples of bad rows and counts them all', async () => {
    using fixture = new FlatFileFixture();
    const bad = Array.from({ length: 1_500 }, (_, index) => `bad ${index}`);
    fixture.write(QUOTES, DAY, [QUOTE_HEADER, ...bad, quote('O:GOOG160115C00750000', '09:31', '1', '2')], 'csv.gz');
    const day = await loadRecordedDay({ dataDir: fixture.dir, date: DAY, underlyings: ['GOOG'] });
    expect(day.quarantined).toHaveLength(MAX_QUARANTINED);
    expect(day.quarantinedTotal).toBe(1_500);
    expect(day.quarantined.at(-1)).toMatchObject({ line: 1_001, text: 'bad 999' });
    expect(counts(day).quotes).toBe(1);
  });

  it('a row without a ticker is quarantined, the first row too', async () => {
    using fixture = new FlatFileFixture();
    fixture.write(QUOTES, DAY, [
      QUOTE_HEADER,
      quote('', '09:31', '1', '2'),
      quote('O:GOOG160115C00750000', '09:31', '1', '2'),
    ]);
    const day = await loadRecordedDay({ dataDir: fixture.dir, date: DAY, underlyings: ['GOOG'] });
    expect(day.quarantined).toMatchObject([{ line: 2 }]);
    expect(counts(day).quotes).toBe(1);
  });

  it('never throws on garbage between good rows and never loses a good row', async () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc
        .array(fc.constantFrom('O:GOOG160115C00750000', '', '"', '1e999', '-0', 'NaN', '0x10', '1.5', '\u0000'))
        .map((cells) => cells.join(',')),
    );
    // A garbage line must not happen to be two lines.
    const garbage = noise.map((text) => text.replaceAll(/[\n\r]/g, '#'));
    const minutes = Array.from({ length: 6 }, (_, index) => `09:3${index}`);
    await fc.assert(
      fc.asyncProperty(fc.array(garbage, { maxLength: 8 }), fc.infiniteStream(fc.nat(6)), async (lines, places) => {
        using fixture = new FlatFileFixture();
        const rows = minutes.map((time) => quote('O:GOOG160115C00750000', time, '1', '2'));
        for (const line of lines) rows.splice(places.next().value ?? 0, 0, line);
        fixture.write(QUOTES, DAY, [QUOTE_HEADER, ...rows]);
        const day = await loadRecordedDay({ dataDir: fixture.dir, date: DAY, underlyings: ['GOOG'] });
        for (const time of minutes) {
          const found = day.steps.find((step) => step.at === at(time));
          expect(found?.quotes[0]).toMatchObject({ bid: 1, ask: 2 });
        }
        expect(day.quarantinedTotal).toBe(lines.filter((line) => line !== '').length);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a folder, a day, a date that is not there', async () => {
    using fixture = new FlatFileFixture();
    const ask = (dataDir: string, date: string, underlyings = ['GOOG']) =>
      failure(loadRecordedDay({ dataDir, date: marketDate(date), underlyings }));
    expect(await ask(`${fixture.dir}/nowhere`, '2015-12-24')).toMatchObject({ code: 'DATA_FOLDER_MISSING' });
    expect(await ask(fixture.dir, '2015-12-24')).toMatchObject({ code: 'DATA_DAY_MISSING' });
    const closed = await ask(fixture.dir, '2015-12-25');
    expect(closed.code).toBe('NOT_A_SESSION');
    expect(closed.hint).toContain('2015-12-24');
    expect(closed.hint).toContain('2015-12-28');
    expect(await ask(fixture.dir, '2015-12-24', [])).toMatchObject({ code: 'INVALID_VALUE' });
  });

  it('names file and line of a file that is cut short, damaged, empty or without its columns', async () => {
    const load = async (bytes: Buffer, form: 'csv' | 'csv.gz') => {
      using fixture = new FlatFileFixture();
      const file = fixture.writeBytes(QUOTES, DAY, bytes, form);
      const error = await failure(loadRecordedDay({ dataDir: fixture.dir, date: DAY, underlyings: ['GOOG'] }));
      expect(error.code).toBe('DATA_FILE_BROKEN');
      expect(error.details).toMatchObject({ file });
      expect(error.message).toContain(file);
      return error;
    };
    const rows = Array.from({ length: 50_000 }, (_, index) =>
      quote(`O:GOOG160115C${String(index + 1).padStart(8, '0')}`, '09:31', '1', '2'),
    );
    const whole = gzipSync([QUOTE_HEADER, ...rows].join('\n'));
    const cut = await load(whole.subarray(0, whole.length - 20_000), 'csv.gz');
    expect(cut.message).toMatch(/line \d{3,}/);
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, whole.length - 4_000, whole.length - 3_900);
    await load(damaged, 'csv.gz');
    await load(Buffer.from('no gzip at all'), 'csv.gz');
    await load(Buffer.alloc(0), 'csv.gz');
    await load(Buffer.alloc(0), 'csv');
    const headless = await load(Buffer.from(`${quote('O:GOOG160115C00750000', '09:31', '1', '2')}\n`), 'csv');
    expect(headless.details).toMatchObject({ line: 1 });
    const lacking = await load(Buffer.from('ticker,bid_price,bid_size,ask_price,ask_size\n'), 'csv');
    expect(lacking.message).toContain('sip_timestamp');
  });
});
