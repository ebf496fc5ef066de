import type { FeedGap } from '@trading-agent/market-data';
import { beforeEach, describe, expect, it } from 'vitest';
import { CALL, minute, Scenario, status, submitIn, told } from './testing/scenario.ts';

let day: Scenario;
beforeEach(() => {
  day = new Scenario({ only: ['long-call'] });
  day.at(1);
  day.at(4);
});

const gap = (channel: FeedGap['channel'], from: number, over: Partial<FeedGap> = {}): FeedGap => ({
  id: `${channel}/1`,
  channel,
  state: over.to === undefined ? 'open' : 'closed',
  cause: 'connection',
  symbols: [],
  from: minute(from),
  to: null,
  unfilled: [],
  reason: 'closed with code 1006',
  ...over,
});

describe('while a gap is open', () => {
  it.each(['options', 'stocks', 'indices'] as const)(
    'in %s nothing is opened, and the decision says why',
    (channel) => {
      expect(told(day.at(4.5, { spot: null, gaps: [gap(channel, 4.2)] }))).toEqual(['warning: data-gap']);
      const decisions = day.at(5);
      expect(decisions).toMatchObject([
        {
          type: 'note',
          reason: {
            rule: 'data-gap',
            text: `No new risk: ${channel} data has a gap since 2015-12-24T14:34:12.000000Z (closed with code 1006)`,
          },
        },
      ]);
    },
  );

  it('of other symbols, trading goes on', () => {
    day.at(4.5, {
      spot: null,
      gaps: [gap('stocks', 4.2, { symbols: ['GOOG'] }), gap('options', 4.2, { symbols: ['GOOG160115C00750000'] })],
    });
    expect(told(day.at(5))).toEqual([`submit S1/open/1 2 @ 2.53: +${CALL} (view)`]);
  });

  it('of one of its contracts, the underlying waits too', () => {
    day.at(4.5, { spot: null, gaps: [gap('options', 4.2, { symbols: [CALL] })] });
    expect(told(day.at(5))).toEqual(['note: data-gap']);
  });

  it('an opening order that works is cancelled; what it has filled can still be left', () => {
    const open = submitIn(day.at(5));
    day.at(5.5, { spot: null, broker: [status(open, 5.5, 'new'), day.fill(open, 5.5, 1, [2.53])] });
    expect(told(day.at(6, { spot: null, gaps: [gap('stocks', 5.8)] }))).toEqual([
      'warning: data-gap',
      'cancel S1/open/1: data-gap',
    ]);
    day.at(6.5, { spot: null, broker: [status(open, 6.5, 'canceled')] });
    expect(told(day.at(7, { spot: null, quotes: { [CALL]: [1.45, 1.55] } }))).toEqual([
      `submit S1/close/1 1 @ -1.45: -${CALL} (stop-loss)`,
    ]);
  });
});

describe('when a gap closes', () => {
  it('and everything has been told, trading goes on as if nothing had been', () => {
    day.at(4.5, { spot: null, gaps: [gap('stocks', 4.2)] });
    expect(told(day.at(5, { gaps: [gap('stocks', 4.2, { to: minute(4.9) })] }))).toEqual([
      'info: data-gap-closed',
      `submit S1/open/1 2 @ 2.53: +${CALL} (view)`,
    ]);
  });

  it('and bars could not be had, the features begin anew: no decision before they are warm', () => {
    day.at(4.5, { spot: null, gaps: [gap('stocks', 4.2)] });
    const closing = day.at(5, { gaps: [gap('stocks', 4.2, { to: minute(4.9), unfilled: ['TWX'] })] });
    expect(told(closing)).toEqual(['info: data-gap-closed', 'note: warming-up']);
    expect(closing).toMatchObject([
      { reason: { text: expect.stringContaining('the features of TWX begin anew') } },
      {},
    ]);
    for (let minutes = 6; minutes < 39; minutes += 1)
      expect(told(day.at(minutes, { spot: minutes % 2 === 0 ? 99.95 : 100.05 }))).toEqual(
        minutes % 5 === 0 ? ['note: warming-up'] : [],
      );
    day.at(39, { spot: 100.05 });
    expect(told(day.at(40))).toContain(`submit S1/open/1 2 @ 2.53: +${CALL} (view)`);
  });

  it('in the options, quotes from before its end are not opened on, however young', () => {
    day.at(4.9, { spot: null });
    const closing = day.at(5, {
      isQuoted: false,
      gaps: [gap('options', 4.8), gap('options', 4.8, { to: minute(4.95) })],
    });
    expect(told(closing).filter((line) => line.startsWith('submit'))).toEqual([]);
    day.at(6);
    expect(told(day.at(10))).toContain(`submit S1/open/1 2 @ 2.53: +${CALL} (view)`);
  });

  it('one that was overflowed elsewhere and never opened counts like any other', () => {
    day.at(4.5, {
      spot: null,
      gaps: [gap('stocks', 4.4, { to: minute(4.4), cause: 'overflow', symbols: ['TWX'], unfilled: ['TWX'] })],
    });
    expect(told(day.at(5))).toEqual(['note: warming-up']);
  });

  it('two gaps are both waited for', () => {
    const [one, two] = [gap('stocks', 4.2), gap('options', 4.3)];
    day.at(4.5, { spot: null, gaps: [one, two] });
    expect(told(day.at(5, { gaps: [{ ...one, state: 'closed', to: minute(4.9) }] }))).toEqual([
      'info: data-gap-closed',
      'note: data-gap',
    ]);
  });
});

it('gaps leave no trace in what is counted and fingerprinted', () => {
  const plain = new Scenario({ only: ['long-call'] });
  for (const each of [1, 4]) plain.at(each);
  day.at(4.5, { spot: null, isQuoted: false, gaps: [gap('indices', 4.2), gap('indices', 4.2, { to: minute(4.4) })] });
  const gone = told(day.at(5));
  expect(gone).toEqual(told(plain.at(5)));
});
