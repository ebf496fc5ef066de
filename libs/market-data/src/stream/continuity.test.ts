import {
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  type Micros,
  micros,
  microsFromRfc3339,
  TradingError,
} from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Continuity, type ContinuityOptions, type NumberedTrade, type Subscribed } from './continuity.ts';
import type { FeedEvent } from './feed-event.ts';
import type { FeedGap } from './gap.ts';

/** 10:00 in New York on a half day. */
const TEN = microsFromRfc3339('2015-12-24T15:00:00Z');
const at = (minutes: number): Micros => micros(Math.round(TEN + minutes * MICROS_PER_MINUTE));

function bar(minute: number, symbol = 'SPY', close = 100 + minute): Bar {
  return { symbol, start: at(minute - 1), end: at(minute), open: close, high: close, low: close, close, volume: 1 };
}
const aTrade = (sequence: number, seconds: number): NumberedTrade => ({
  symbol: 'SPY',
  at: micros(TEN + seconds * MICROS_PER_SECOND),
  price: sequence,
  size: 1,
  sequence,
});

/** What the vendor has, what it was asked for, and what the consumer was told. */
let history: { bars: Bar[]; trades: NumberedTrade[] };
let asked: string[];
let told: FeedEvent[];
let subscribed: Subscribed;
let pauses: number;
let seen: Set<number>;
let continuity: Continuity;

function start(options: Partial<ContinuityOptions> = {}): void {
  history = { bars: [], trades: [] };
  asked = [];
  told = [];
  pauses = 0;
  seen = new Set();
  subscribed = { minuteBars: ['SPY'], trades: ['SPY'], unfillable: [] };
  continuity = new Continuity({
    channel: 'stocks',
    series: 'test',
    backfill: {
      minuteBars: (symbol, from, to) => {
        asked.push(`bars ${symbol}`);
        return Promise.resolve(history.bars.filter((row) => row.symbol === symbol && row.end > from && row.end <= to));
      },
      trades: (symbol, from, to) => {
        asked.push(`trades ${symbol}`);
        return Promise.resolve(history.trades.filter((row) => row.symbol === symbol && row.at >= from && row.at <= to));
      },
    },
    subscribed: () => subscribed,
    emit: (event) => told.push(event),
    isNewTrade: ({ sequence }) => {
      const isNew = !seen.has(sequence);
      seen.add(sequence);
      return isNew;
    },
    pause: () => {
      pauses += 1;
      return Promise.resolve();
    },
    ...options,
  });
}
beforeEach(() => start());

const arrive = (row: Bar): void => continuity.next({ kind: 'bar', bar: row });
function trade(row: NumberedTrade): void {
  seen.add(row.sequence);
  continuity.next({ kind: 'trade', trade: row });
}
const gaps = (): FeedGap[] => told.flatMap((event) => (event.kind === 'gap' ? [event.gap] : []));
/** Bars as their minutes, trades as `T` and their number, gaps as their state. */
const story = (): unknown[] =>
  told.map((event) => {
    if (event.kind === 'bar') return (event.bar.end - TEN) / MICROS_PER_MINUTE;
    if (event.kind === 'trade') return `T${event.trade.price}`;
    return event.kind === 'gap' ? event.gap.state : event.kind;
  });

it('passes everything on while there is no hole', () => {
  arrive(bar(1));
  trade(aTrade(1, 70));
  expect(story()).toEqual([1, 'T1']);
});

it('a hole is told, filled with what the vendor has, and closed before what arrived meanwhile', async () => {
  history = { bars: [bar(2), bar(3), bar(4)], trades: [aTrade(1, 70), aTrade(2, 130), aTrade(3, 150), aTrade(4, 250)] };
  arrive(bar(1));
  trade(aTrade(1, 70));
  const hole = continuity.open('connection', [], at(1.5), 'lost');
  trade(aTrade(4, 250));
  arrive(bar(5));
  await continuity.close(hole, at(5));
  expect(story()).toEqual([1, 'T1', 'open', 2, 'T2', 'T3', 3, 4, 'T4', 5, 'closed']);
  expect(gaps()).toMatchObject([
    {
      id: hole,
      state: 'open',
      cause: 'connection',
      symbols: [],
      from: at(1.5),
      to: null,
      unfilled: [],
      reason: 'lost',
    },
    { id: hole, state: 'closed', from: at(1.5), to: at(5), unfilled: [], reason: 'lost' },
  ]);
});

it('asks for nothing when no minute has ended in the hole', async () => {
  subscribed = { minuteBars: ['SPY'], trades: [], unfillable: [] };
  arrive(bar(1));
  await continuity.close(continuity.open('connection', [], at(1.2), 'lost'), at(1.8));
  expect([asked, story()]).toEqual([[], [1, 'open', 'closed']]);
});

describe('what can not be had', () => {
  beforeEach(() => {
    subscribed = { minuteBars: ['SPY', 'TWX'], trades: [], unfillable: [] };
    arrive(bar(1));
    arrive(bar(1, 'TWX'));
  });

  const looks = (): number => asked.filter((what) => what === 'bars SPY').length;
  const closed = async (to: number): Promise<FeedGap | undefined> => {
    await continuity.close(continuity.open('connection', [], at(1.5), 'lost'), at(to));
    return gaps().at(-1);
  };

  it('a minute with a later one after it is a minute without a trade', async () => {
    history.bars = [bar(2), bar(5), ...[2, 3, 4, 5].map((minute) => bar(minute, 'TWX'))];
    expect(await closed(5.1)).toMatchObject({ unfilled: [], reason: 'lost' });
    expect([looks(), pauses]).toEqual([1, 0]);
    expect(told.filter((event) => event.kind === 'bar' && event.bar.symbol === 'SPY')).toHaveLength(3);
  });

  it('the last minutes are looked for again; they are empty when the vendor has those of another symbol', async () => {
    history.bars = [bar(2), bar(2, 'TWX'), bar(3, 'TWX')];
    expect(await closed(3.1)).toMatchObject({ unfilled: [], reason: 'lost' });
    expect([looks(), pauses]).toEqual([3, 2]);
    expect(asked).not.toContain('trades SPY');
  });

  it('where nothing has a bar as late the tape decides: no trade, no bar', async () => {
    history.bars = [bar(2), bar(2, 'TWX')];
    // Of the minute before; and of the minute in doubt of the other symbol: it should have a bar, and has none.
    history.trades = [
      { symbol: 'SPY', at: at(1.99), price: 1, size: 1, sequence: 1 },
      { symbol: 'TWX', at: at(2.5), price: 1, size: 1, sequence: 2 },
    ];
    expect(await closed(3.1)).toMatchObject({
      unfilled: ['TWX'],
      reason: 'lost; not filled: TWX has no bar of the minute that ends at 2015-12-24T15:03:00.000000Z',
    });
  });

  it('who can not ask the tape does not know: unfilled', async () => {
    start({
      backfill: {
        minuteBars: () => Promise.resolve([]),
        trades: () => Promise.reject(new TradingError('FEED_NOT_ENTITLED', 'no trades')),
      },
    });
    subscribed = { minuteBars: ['SPY'], trades: [], unfillable: [] };
    arrive(bar(1));
    expect(await closed(2.1)).toMatchObject({ unfilled: ['SPY'] });
    expect(pauses).toBe(2);
  });

  it('a minute that comes late by the stream is not missing', async () => {
    history.bars = [bar(2), bar(2, 'TWX'), bar(3, 'TWX')];
    const hole = continuity.open('connection', [], at(1.5), 'lost');
    arrive(bar(3));
    await continuity.close(hole, at(3.1));
    expect(gaps().at(-1)).toMatchObject({ unfilled: [] });
    expect(told.filter((event) => event.kind === 'bar' && event.bar.symbol === 'SPY')).toHaveLength(3);
  });

  it('a vendor that refuses: the others are filled, the reason is told', async () => {
    const all = [bar(2), bar(2, 'TWX')];
    start({
      backfill: {
        minuteBars: (symbol) =>
          symbol === 'SPY' ? Promise.reject(new Error('the day is used up')) : Promise.resolve(all.slice(1)),
        trades: () => Promise.resolve([]),
      },
    });
    subscribed = { minuteBars: ['SPY', 'TWX'], trades: [], unfillable: [] };
    await continuity.close(continuity.open('late', [], at(1), 'late'), at(2.5));
    expect(story()).toEqual(['open', 2, 'closed']);
    expect(gaps().at(-1)).toMatchObject({ unfilled: ['SPY'], reason: 'late; not filled: SPY: the day is used up' });
  });

  it('what is subscribed for all symbols or by the second can not be asked for', async () => {
    subscribed = { minuteBars: [], trades: [], unfillable: ['*', 'GOOG'] };
    await continuity.close(continuity.open('connection', [], at(1), 'lost'), at(2));
    expect(gaps().at(-1)).toMatchObject({ unfilled: ['*', 'GOOG'] });
  });

  it('trades of more symbols than the budget is meant for', async () => {
    const symbols = Array.from({ length: 53 }, (_, index) => `S${String(index).padStart(2, '0')}`);
    subscribed = { minuteBars: [], trades: symbols, unfillable: [] };
    await continuity.close(continuity.open('connection', [], at(1), 'lost'), at(2));
    expect(asked).toHaveLength(50);
    expect(gaps().at(-1)?.unfilled).toEqual(['S50', 'S51', 'S52']);
  });
});

it('outside of the session no minute is expected', async () => {
  const close = microsFromRfc3339('2015-12-24T18:00:00Z');
  const start1 = micros(close - MICROS_PER_MINUTE);
  history.bars = [{ ...bar(1), start: start1, end: close }];
  subscribed = { minuteBars: ['SPY'], trades: [], unfillable: [] };
  const hole = continuity.open('connection', [], start1, 'lost');
  await continuity.close(hole, micros(close + 30 * MICROS_PER_MINUTE));
  expect(gaps().at(-1)).toMatchObject({ unfilled: [] });
  expect(pauses).toBe(0);
});

it('holes of some symbols leave the others alone, and each is closed by itself', async () => {
  subscribed = { minuteBars: ['SPY', 'TWX'], trades: [], unfillable: [] };
  arrive(bar(1));
  arrive(bar(1, 'TWX'));
  const one = continuity.open('late', ['SPY'], at(1), 'late');
  const two = continuity.open('connection', [], at(1), 'lost');
  arrive(bar(2));
  arrive(bar(2, 'TWX'));
  await continuity.close(one, at(1.5));
  expect(story()).toEqual([1, 1, 'open', 'open', 'closed']);
  history.bars = [bar(2), bar(2, 'TWX')];
  await continuity.close(two, at(2.5));
  expect(story()).toEqual([1, 1, 'open', 'open', 'closed', 2, 2, 'closed']);
});

it('a hole that opens again while it is filled is not closed by the first fill', async () => {
  history.bars = [bar(2)];
  arrive(bar(1));
  const hole = continuity.open('connection', [], at(1.5), 'lost');
  const first = continuity.close(hole, at(2.5));
  continuity.reopen(hole, 'lost again');
  await first;
  expect(story()).toEqual([1, 'open']);
  history.bars.push(bar(3));
  await continuity.close(hole, at(3.5));
  expect(story()).toEqual([1, 'open', 2, 3, 'closed']);
  expect(gaps().at(-1)).toMatchObject({ reason: 'lost again', unfilled: [] });
});

it('whatever is lost when: each minute is told once, in order, and gaps open and close in pairs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          lost: fc.integer({ min: 0, max: 3 }),
          held: fc.integer({ min: 0, max: 3 }),
          live: fc.integer({ min: 1, max: 4 }),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      async (turns) => {
        start();
        subscribed = { minuteBars: ['SPY'], trades: [], unfillable: [] };
        let minute = 0;
        const happens = (isHeard: boolean): void => {
          minute += 1;
          history.bars.push(bar(minute));
          if (isHeard) arrive(bar(minute));
        };
        happens(true);
        for (const { lost, held, live } of turns) {
          const hole = continuity.open('connection', [], at(minute + 0.1), 'lost');
          for (let count = 0; count < lost; count++) happens(false);
          const closing = continuity.close(hole, at(minute + 0.5));
          for (let count = 0; count < held; count++) happens(true);
          await closing;
          for (let count = 0; count < live; count++) happens(true);
        }
        const minutes = story().filter((item) => typeof item === 'number');
        expect(minutes).toEqual(Array.from({ length: minute }, (_, index) => index + 1));
        expect(gaps().map(({ state }) => state)).toEqual(turns.flatMap(() => ['open', 'closed']));
        expect(gaps().every(({ unfilled }) => unfilled.length === 0)).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});
