import { nyInstant } from '@trading-agent/calendar';
import { marketDate, isTradingError } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireFeed } from './feeds.ts';
import { columnBytes } from './row-group.ts';
import { RowParser } from './row-parser.ts';
import { BAR_HEADER } from '../flat-file.fixture.ts';

const DATE = marketDate('2014-06-09');
const DAY = BigInt(nyInstant(DATE, '00:00')) * 1_000n;
const HOUR = 3_600n * 1_000_000_000n;

interface Parsed {
  readonly columns: Readonly<Record<string, readonly (string | number | bigint)[]>>;
  readonly tickers: readonly string[];
  /** Underlying, expiry, strike and right of each. */
  readonly facts: readonly (readonly (string | number)[])[];
  readonly bad: readonly (readonly [number, string, string])[];
  readonly groups: readonly number[];
  readonly filtered: number;
}

/** Everything that a parser says of these bytes, cut into chunks of `size`. */
function parsed(feed: string, bytes: Buffer, size = bytes.length, filter?: readonly string[]): Parsed {
  const columns: Record<string, (string | number | bigint)[]> = {};
  const bad: [number, string, string][] = [];
  const groups: number[] = [];
  const parser = new RowParser({
    spec: requireFeed(feed),
    date: DATE,
    file: 'test',
    ...(filter && { filter: new Set(filter) }),
    onGroup(group, rows) {
      groups.push(rows);
      for (const [index, column] of group.entries()) {
        const values = (columns[parser.columns[index]?.name ?? ''] ??= []);
        if (column.type === 'text') {
          const [ends, texts] = columnBytes(column, rows).map((part) => Buffer.from(part));
          for (let row = 0; row < rows; row++)
            values.push(
              (texts ?? Buffer.alloc(0)).toString(
                'utf8',
                row === 0 ? 0 : ends?.readUInt32LE(4 * row - 4),
                ends?.readUInt32LE(4 * row),
              ),
            );
        } else values.push(...column.values.subarray(0, rows));
      }
    },
    onBadRow: (line, reason, text) => bad.push([line, reason, text]),
  });
  for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
  parser.end();
  const names = parser.tickers.names.toString().split('\n');
  const { start, ticker } = parser.runs;
  const tickers: string[] = [];
  for (let run = 0; run < start.length; run++)
    for (let row = start[run] ?? 0; row < (start[run + 1] ?? parser.rows); row++)
      tickers.push(names[ticker[run] ?? 0] ?? '');
  const [underlying = [], ...numbers] = parser.tickers.facts.map((list) => [...list]);
  const facts = underlying.map((of, index) => [
    parser.tickers.underlyings[of] ?? '',
    ...numbers.map((list) => list[index] ?? -1),
  ]);
  return { columns, tickers, facts, bad, groups, filtered: parser.filtered };
}

/** The same lines ended as Windows does: none of them is a plain row, so that the slow pass decides every one. */
const slowly = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
const quickly = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));

const digits = (min: number, max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((list) => list.join(''));
const number = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(digits(1, 5), digits(1, 4)).map(([a, b]) => `${a}.${b}`) },
  { weight: 2, arbitrary: digits(1, 9) },
  { weight: 1, arbitrary: fc.tuple(digits(0, 12), digits(0, 12)).map(([a, b]) => `${a}.${b}`) },
  { weight: 1, arbitrary: digits(10, 20) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '-1.5', '1e3', '.', '5.', '.5', '1.2.3', 'abc', '0x1', ' 1', '1/2', '/3', '1:', '0'),
  },
);
const time = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt({ min: DAY, max: DAY + 24n * HOUR - 1n }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[DAY - 1n, DAY, DAY + 24n * HOUR - 1n, DAY + 24n * HOUR].map(String),
      '',
      '140232060000000000',
      '14023206000000000000',
      '140232060000000000x',
    ),
  },
);
const ticker = fc.constantFrom(
  'O:AAPL140613C00090000',
  'O:AAPL140613C00095000',
  'O:AAPL140613C0009500',
  'O:SPXW140613P01900000',
  'O:F140613C00017000',
  '"O:F140613C00017000"',
  'AAPL',
  '',
  'O:ÄAPL140613C00090000',
  `O:${'X'.repeat(70)}`,
);
const count = fc.oneof(digits(1, 11), fc.constantFrom('', '-3', '2147483647', '2147483648', '1.5'));

describe('tickers', () => {
  const option = fc
    .tuple(
      fc.constantFrom('A', 'AAPL', 'AAPL1', 'BRKB', 'SPXW', 'SPX  '),
      fc.constantFrom('140613', '140620', '141340'),
      fc.constantFrom('C', 'P', 'X'),
      fc.constantFrom('00000000', '00000500', '00090000', '00095000', '01900000', '0009500', '000950A0'),
    )
    .map((parts) => `O:${parts.join('')}`);

  it('are told from each other and taken apart as by their text, sorted or not', () => {
    fc.assert(
      fc.property(
        fc.array(option, { maxLength: 40 }),
        fc.boolean(),
        fc.option(
          fc.subarray(['AAPL', 'BRK.B', 'SPX']).map((list) => ['A', ...list]),
          { nil: undefined },
        ),
        (names, sorted, filter) => {
          const rows = (sorted ? names.toSorted() : names).map((name) => `${name},1,1,1,1,1,${DAY + HOUR},1`);
          const header = 'ticker,volume,open,close,high,low,window_start,transactions';
          const lines = [header, `O:A140613C00000001,1,1,1,1,1,${DAY},1`, ...rows];
          const feed = 'us_options_opra/minute_aggs_v1';
          expect(parsed(feed, quickly(lines), 1000, filter)).toEqual(parsed(feed, slowly(lines), 1000, filter));
        },
      ),
      { numRuns: 200 },
    );
    const two = parsed(
      'us_options_opra/minute_aggs_v1',
      quickly([
        'ticker,open,high,low,close,window_start',
        ...['O:AAPL140613C00090000', 'O:AAPL140613C00095000', 'O:AAPL140613P00090000'].map(
          (name) => `${name},1,1,1,1,${DAY}`,
        ),
      ]),
    );
    expect(two.facts).toEqual([
      ['AAPL', 20140613, 90_000, 1],
      ['AAPL', 20140613, 95_000, 1],
      ['AAPL', 20140613, 90_000, 2],
    ]);
  });
});

describe('the row kernel', () => {
  it('says of every row what the slow pass says, however the bytes are cut', () => {
    const row = fc.tuple(ticker, count, number, number, number, number, time, count).map((cells) => cells.join(','));
    const header = 'ticker,volume,open,close,high,low,window_start,transactions';
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.integer({ min: 1, max: 200 }), (rows, size) => {
        const good = `O:AAPL140613C00090000,1,1,1,1,1,${DAY + HOUR},1`;
        const lines = [header, good, good.replace('AAPL', 'SPXW'), ...rows];
        const quick = parsed('us_options_opra/minute_aggs_v1', quickly(lines), size);
        expect(quick).toEqual(parsed('us_options_opra/minute_aggs_v1', slowly(lines)));
        expect(quick.columns['open']?.[0]).toBe(1);
        const filter = ['SPX'];
        expect(parsed('us_options_opra/minute_aggs_v1', quickly(lines), size, filter)).toEqual(
          parsed('us_options_opra/minute_aggs_v1', slowly(lines), lines.length * 9, filter),
        );
      }),
      { numRuns: 150 },
    );
  });

  it('reads numbers as Number does and nanoseconds as BigInt does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(digits(1, 7), digits(0, 8), fc.bigInt({ min: DAY, max: DAY + HOUR })), { minLength: 1 }),
        (values) => {
          const texts = values.map(([whole, part]) => (part === '' ? whole : `${whole}.${part}`));
          const lines = values.map(([, , at], row) => `${texts[row] ?? ''},SPY,2,${at}`);
          const { columns } = parsed('us_stocks_sip/trades_v1', quickly(['price,ticker,size,sip_timestamp', ...lines]));
          expect(columns['price']).toEqual(texts.map(Number));
          expect(columns['sip_timestamp']).toEqual(values.map(([, , at]) => at));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keeps texts beside numbers, and begins another group when theirs is full', () => {
    const header = 'ticker,conditions,price,sip_timestamp,size,sequence_number,exchange,id,tape';
    const long = 'x'.repeat(50_000);
    const rows = Array.from({ length: 60 }, (_, row) =>
      [
        row % 7 === 0 ? 'SPY' : 'QQQ',
        row % 3 === 0 ? `"1,${row}"` : `${row}`,
        `${row}.25`,
        `${DAY + HOUR + BigInt(row)}`,
        '100',
        row % 5 === 0 ? '' : `${row}123456789`,
        'é',
        `${long}${row}`,
        '1',
      ].join(','),
    );
    const feed = 'us_stocks_sip/trades_v1';
    const quick = parsed(feed, quickly([header, ...rows]), 300_000);
    expect(quick).toEqual(parsed(feed, slowly([header, ...rows]), 1_000));
    expect(quick.groups).toHaveLength(3);
    expect(quick.columns['id']).toEqual(rows.map((_, row) => `${long}${row}`));
    expect(quick.columns['exchange']?.every((text) => text === 'é')).toBe(true);
    expect(quick.columns['conditions']?.[3]).toBe('1,3');
    expect(quick.columns['sequence_number']?.slice(0, 2)).toEqual([-(2n ** 63n), 1_123_456_789n]);
  });

  it('fills groups to the last row, in whatever order the tickers come', () => {
    const rows = Array.from({ length: 70_000 }, (_, row) => `T${(row * 7) % 5},1,2,3,1,${DAY + BigInt(row)},${row}`);
    const lines = ['ticker,open,close,high,low,window_start,volume', ...rows];
    const { groups, columns, tickers } = parsed('us_stocks_sip/minute_aggs_v1', quickly(lines), 100_000);
    expect(groups).toEqual([65_536, 70_000 - 65_536]);
    expect(columns['volume']).toEqual(rows.map((_, row) => row));
    expect(tickers).toEqual(rows.map((_, row) => `T${(row * 7) % 5}`));
  });
});

it('reads the same rows however the bytes are cut, and every number as Number reads it', () => {
  const price = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e9 }).map(String),
    fc.integer({ min: 0, max: 99_999_999 }).map((value) => (value / 1000).toFixed(3)),
    fc.constantFrom('0', '.5', '5.', '1e3', '-2.25', '', 'x', '123456789012345678', '"1.5"'),
  );
  const row = fc.tuple(fc.constantFrom('SPY', 'AAPL', 'BRK.B', 'ZZ', '"SPY"', ''), price);
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.integer({ min: 1, max: 40 }), (rows, step) => {
      const text = [
        BAR_HEADER,
        ...rows.map(([ticker, value]) => `${ticker},10,1,${value},9,0.5,${DAY + 9n * HOUR},3`),
        '',
      ].join('\n');
      const read: number[] = [];
      const bad: number[] = [];
      const parser = new RowParser({
        spec: requireFeed('us_stocks_sip/minute_aggs_v1'),
        date: DATE,
        file: 'made',
        onGroup: ([, , , close], count) => {
          if (close?.type === 'f64') read.push(...close.values.subarray(0, count));
        },
        onBadRow: (line) => bad.push(line),
      });
      const bytes = Buffer.from(text);
      for (let from = 0; from < bytes.length; from += step) parser.push(bytes.subarray(from, from + step));
      try {
        parser.end();
      } catch (error) {
        if (!isTradingError(error, 'DATA_FILE_BROKEN') || read.length > 0) throw error;
      }
      const good = (ticker: string, value: string): boolean => ticker !== '' && value !== '' && value !== 'x';
      expect(read).toEqual(rows.filter(([t, v]) => good(t, v)).map(([, value]) => Number(value.replaceAll('"', ''))));
      expect(bad).toEqual(rows.flatMap(([t, v], index) => (good(t, v) ? [] : [index + 2])));
    }),
  );
});
