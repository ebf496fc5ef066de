import { type Micros, microsFromRfc3339 } from '@trading-agent/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { MuteWatch } from './mute-watch.ts';

/** A half day, 9:30 to 13:00 in New York. */
const at = (time: string): Micros => microsFromRfc3339(`2015-12-24T${time}Z`);

let watch: MuteWatch;
beforeEach(() => {
  watch = new MuteWatch('options');
  watch.expect(['quotes', 'trades'], at('13:00:00'));
});

describe('a stream is mute', () => {
  it('when it has said nothing for its limit, counted from the opening', () => {
    expect(watch.check(at('14:30:59'))).toBeNull();
    expect(watch.check(at('14:31:01'))).toEqual({ kind: 'quotes', since: at('14:30:00'), limitSeconds: 60 });
  });

  it('counted from the last word', () => {
    watch.heard('quotes', at('15:00:00'));
    expect(watch.check(at('15:01:00'))).toBeNull();
    expect(watch.check(at('15:01:01'))).toMatchObject({ since: at('15:00:00') });
  });

  it('counted from the subscription', () => {
    watch = new MuteWatch('options');
    expect(watch.check(at('16:00:00'))).toBeNull();
    watch.expect(['quotes'], at('16:00:00'));
    watch.expect(['quotes', 'minute-bars'], at('16:00:50'));
    expect(watch.check(at('16:01:00'))).toBeNull();
    expect(watch.check(at('16:01:01'))).not.toBeNull();
  });

  it('by kind: other words do not help', () => {
    watch.heard('trades', at('14:31:00'));
    expect(watch.check(at('14:31:01'))).toMatchObject({ kind: 'quotes' });
  });
});

describe('a stream is not mute', () => {
  it.each([
    ['before the opening', '14:29:59'],
    ['after the early close', '18:00:00'],
    ['in the night', '04:00:00'],
  ])('%s', (_when, time) => {
    expect(watch.check(at(time))).toBeNull();
  });

  it('on a holiday', () => {
    expect(watch.check(microsFromRfc3339('2015-12-25T16:00:00Z'))).toBeNull();
  });

  it('with trades alone, which may rest, or when it is not subscribed any more', () => {
    watch.expect(['trades'], at('14:30:00'));
    expect(watch.check(at('17:00:00'))).toBeNull();
  });

  it('right after it has been connected anew', () => {
    watch.restart(at('16:00:00'));
    expect(watch.check(at('16:00:30'))).toBeNull();
    expect(watch.check(at('16:01:30'))).toMatchObject({ since: at('16:00:00') });
  });
});

it('classes differ: index values are due every minute, minute bars of stocks every five', () => {
  const [indices, stocks] = [new MuteWatch('indices'), new MuteWatch('stocks')];
  indices.expect(['index-values'], at('15:00:00'));
  stocks.expect(['minute-bars'], at('15:00:00'));
  expect([indices.check(at('15:02:00')), stocks.check(at('15:02:00'))]).toMatchObject([{ kind: 'index-values' }, null]);
  expect(stocks.check(at('15:05:01'))).toMatchObject({ kind: 'minute-bars', limitSeconds: 300 });
});
