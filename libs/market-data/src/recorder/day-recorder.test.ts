import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nyInstant, nyTime } from '@trading-agent/calendar';
import { MICROS_PER_MINUTE, marketDate, micros } from '@trading-agent/core';
import { optionSymbol } from '@trading-agent/instruments';
import { describe, expect, it } from 'vitest';
import type { FeedEvent } from '../stream/feed-event.ts';
import { FlatFileFixture } from '../flat-file.fixture.ts';
import { recordedHoles } from '../day-holes.ts';
import { loadRecordedDay } from '../recorded-day.ts';
import { DayRecorder, copyRecordedGaps, readRecordedGaps } from './day-recorder.ts';
import { writeSorted } from './sorted-file.ts';

const date = marketDate('2015-12-24');
const at = (time: string) => nyInstant(date, time);
const near = optionSymbol('GOOG151224C00750000');
const far = optionSymbol('GOOG160115P00740000');
const quote = (symbol: string, time: string, bid: number | null): FeedEvent => ({
  kind: 'quote',
  quote: { symbol, at: micros(at(time) + 250), bid, bidSize: bid === null ? 0 : 3, ask: 9.1, askSize: 4 },
});
const bar = (symbol: string, time: string, close: number): FeedEvent => ({
  kind: 'bar',
  bar: {
    symbol,
    start: at(time),
    end: micros(at(time) + MICROS_PER_MINUTE),
    open: 1,
    high: 999,
    low: 1,
    close,
    volume: symbol.startsWith('I:') ? 0 : 5,
  },
});
const events: readonly FeedEvent[] = [
  quote(near, '10:00', 9),
  quote(far, '10:00', null),
  bar('GOOG', '10:00', 750),
  bar('I:VIX', '10:00', 16),
  quote(near, '10:01', 8.9),
  { kind: 'trade', trade: { symbol: far, at: at('10:01:30'), price: 9.05, size: 2 } },
  { kind: 'trade', trade: { symbol: far, at: at('10:01:30'), price: 9.05, size: 2 } },
  bar(near, '10:01', 9),
];
const OPTION_QUOTES = 'us_options_opra/quotes_v1/2015/12/2015-12-24.csv.gz';

function record(dir: string, list: readonly FeedEvent[]): DayRecorder {
  const recorder = new DayRecorder({ dir, date });
  for (const event of list) recorder.add(event);
  return recorder;
}

const load = (dir: string) => loadRecordedDay({ dataDir: dir, date, underlyings: ['GOOG', 'VIX'] });

describe('DayRecorder', () => {
  it('leaves a day that replays as it came', async () => {
    using fixture = new FlatFileFixture();
    const recorder = record(fixture.dir, events);
    recorder.add(quote(near, '23:00', 1));
    expect(recorder.counts).toEqual({ quotes: 4, bars: 3, trades: 2, leftOut: 0, gaps: 0 });
    await recorder.finish();
    const day = await load(fixture.dir);
    expect(day.quarantinedTotal).toBe(0);
    const steps = day.steps.flatMap(({ quotes, bars, trades }) => [
      ...quotes.map((one): FeedEvent => ({ kind: 'quote', quote: one })),
      ...bars.map((one): FeedEvent => ({ kind: 'bar', bar: one })),
      ...trades.map((one): FeedEvent => ({ kind: 'trade', trade: one })),
    ]);
    expect(steps).toHaveLength(9);
    expect(steps).toEqual(expect.arrayContaining([...events]));
    expect(existsSync(join(fixture.dir, '.recording', date))).toBe(false);
  });

  it('goes on after it died, with half a line and wherever finish stood, to the same bytes', async () => {
    using whole = new FlatFileFixture();
    await record(whole.dir, events).finish();
    const expected = readFileSync(join(whole.dir, OPTION_QUOTES));

    using torn = new FlatFileFixture();
    record(torn.dir, events.slice(0, 3)).flush();
    appendFileSync(join(torn.dir, '.recording', date, 'us_options_opra.quotes_v1.csv'), 'O:GOOG15,,half a li');
    await record(torn.dir, events.slice(3)).finish();
    expect(readFileSync(join(torn.dir, OPTION_QUOTES))).toEqual(expected);

    // Nothing more comes of that feed: half a line is no row all the same. Cut within a size it would read as another quote.
    using quiet = new FlatFileFixture();
    record(quiet.dir, events).flush();
    const quotesPart = join(quiet.dir, '.recording', date, 'us_options_opra.quotes_v1.csv');
    appendFileSync(
      quotesPart,
      readFileSync(quotesPart, 'utf8').split('\n')[0]?.replace('250000,', '290000,').slice(0, -1) ?? '',
    );
    await record(quiet.dir, []).finish();
    expect(readFileSync(join(quiet.dir, OPTION_QUOTES))).toEqual(expected);

    // Died after the new file was whole and before it had taken its place.
    using late = new FlatFileFixture();
    record(late.dir, events).flush();
    const part = join(late.dir, '.recording', date, 'us_options_opra.quotes_v1.csv');
    writeFileSync(`${part}.done`, readFileSync(part));
    rmSync(part);
    mkdirSync(join(late.dir, OPTION_QUOTES, '..'), { recursive: true });
    writeFileSync(`${join(late.dir, OPTION_QUOTES)}.new`, expected);
    await new DayRecorder({ dir: late.dir, date }).finish();
    expect(readFileSync(join(late.dir, OPTION_QUOTES))).toEqual(expected);

    // Recorded again after it was finished: nothing of the first part is lost.
    using twice = new FlatFileFixture();
    await record(twice.dir, events.slice(0, 4)).finish();
    await record(twice.dir, events.slice(4)).finish();
    expect(readFileSync(join(twice.dir, OPTION_QUOTES))).toEqual(expected);
  });

  it('keeps the correction of a bar, leaves out other days, and tells of gaps', async () => {
    using fixture = new FlatFileFixture();
    const recorder = record(fixture.dir, [...events, bar('GOOG', '10:00', 751)]);
    recorder.add({
      kind: 'trade',
      trade: { symbol: far, at: nyInstant(marketDate('2015-12-23'), '10:00'), price: 1, size: 1 },
    });
    recorder.gap({ from: at('10:02'), to: at('10:03'), reason: 'connection lost' });
    expect(recorder.counts).toMatchObject({ leftOut: 1, gaps: 1 });
    await recorder.finish();
    const day = await load(fixture.dir);
    const bars = day.steps.flatMap((step) => step.bars).filter(({ symbol }) => symbol === 'GOOG');
    expect(bars).toMatchObject([{ close: 751 }]);
    expect(readRecordedGaps(fixture.dir, date)).toEqual([
      { from: at('10:02'), to: at('10:03'), reason: 'connection lost' },
    ]);
  });

  it('knows what it did not hear: before it began, while it was dead, and after its end', async () => {
    using fixture = new FlatFileFixture();
    const holes = (dir = fixture.dir) =>
      recordedHoles(dir, date).map(({ from, to, reason }) => [nyTime(from), nyTime(to), reason.split(';')[0]]);
    const first = new DayRecorder({ dir: fixture.dir, date });
    first.listenFrom(at('09:40'));
    for (const event of events) first.add(event);
    first.flush();
    first.add(quote(near, '10:20', 9));
    // Died here: what came after the flush is lost. Until somebody goes on, the rest of the day is missing.
    const began = ['09:30:00', '09:40:00', 'the recording began during the session'];
    expect(holes()).toEqual([began, ['10:02:00', '13:00:00', 'the recording ended before the session']]);

    const second = new DayRecorder({ dir: fixture.dir, date });
    second.listenFrom(at('10:30'));
    second.add(quote(near, '10:30', 9));
    const gap = {
      id: 'a',
      channel: 'options',
      cause: 'connection',
      symbols: [],
      unfilled: [],
      reason: 'lost',
    } as const;
    second.add({ kind: 'gap', gap: { ...gap, state: 'open', from: at('11:00'), to: null } });
    second.add(bar('GOOG', '11:10', 750));
    second.flush();
    // Died in the middle of a hole: it begins where the hole did.
    const dead = ['10:02:00', '10:30:00', 'nothing was recorded'];
    const third = new DayRecorder({ dir: fixture.dir, date });
    third.listenFrom(at('11:20'));
    third.add(bar('GOOG', '12:59', 750));
    await third.finish();
    const expected = [began, dead, ['11:00:00', '11:20:00', 'nothing was recorded']];
    expect(holes()).toEqual(expected);
    using lake = new FlatFileFixture();
    copyRecordedGaps(fixture.dir, lake.dir, {});
    expect(holes(lake.dir)).toEqual(expected);
  });

  it('sorts in parts to the same bytes', async () => {
    using fixture = new FlatFileFixture();
    const source = fixture.write('x', date, [
      'ticker,at',
      ...Array.from({ length: 500 }, (_, index) => `T${(index * 7) % 13},${1_000 + ((index * 31) % 500)}`),
    ]);
    const sort = async (memory: number) => {
      const target = join(fixture.dir, `${memory}.gz`);
      const rows = await writeSorted({
        sources: [source],
        target,
        header: 'ticker,at',
        time: 1,
        lastWins: false,
        memory,
      });
      return { rows, bytes: readFileSync(target) };
    };
    expect(await sort(300)).toEqual(await sort(1_000_000));
  });
});
