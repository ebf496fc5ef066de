import { TradingError, seededRandom } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Outcome, type Repeats, backoffMs, realSleep, repeated, retryAfterMs } from './repeats.ts';

const BACKOFF = { firstMs: 100, capMs: 1_000 };
const lost = (): TradingError => new TradingError('FEED_UNAVAILABLE', 'lost');

/** Repeats whose waits are noted instead of waited. */
function noted(more: Partial<Repeats> = {}) {
  const waits: number[] = [];
  const told: [number, number][] = [];
  const repeats: Repeats = {
    attempts: 4,
    backoff: BACKOFF,
    random: seededRandom('repeats'),
    signal: new AbortController().signal,
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    onRepeat: (_error, attempt, waitMs) => told.push([attempt, waitMs]),
    ...more,
  };
  return { repeats, waits, told };
}

describe('backoffMs', () => {
  it('is between half and all of a doubling wait that is capped', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200 }), fc.string(), (attempt, seed) => {
        const full = Math.min(1_000, 100 * 2 ** attempt);
        const wait = backoffMs(attempt, BACKOFF, seededRandom(seed));
        expect(wait).toBeGreaterThanOrEqual(full / 2);
        expect(wait).toBeLessThanOrEqual(full);
      }),
    );
    expect.hasAssertions();
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('2026-11-02T12:00:00Z');
  it.each([
    [null, undefined],
    ['', undefined],
    ['soon', undefined],
    ['9', 9_000],
    ['1.5', 1_500],
    ['-3', 0],
    ['Mon, 02 Nov 2026 12:00:30 GMT', 30_000],
    ['Mon, 02 Nov 2026 11:00:00 GMT', 0],
  ])('of %s is %s', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});

describe('repeated', () => {
  const failing = (times: number, error: Outcome<string>) => {
    let calls = 0;
    return {
      attempt: () => Promise.resolve(++calls <= times ? error : { value: 'done' }),
      calls: () => calls,
    };
  };

  it('gives the value of the first attempt that has one', async () => {
    const { repeats, waits, told } = noted();
    const { attempt, calls } = failing(2, { error: lost(), again: true });
    expect(await repeated(attempt, repeats)).toBe('done');
    expect(calls()).toBe(3);
    expect(told.map(([number]) => number)).toEqual([1, 2]);
    expect(told.map(([, ms]) => ms)).toEqual(waits);
  });

  it('gives up after the last attempt, and at once what is not worth another', async () => {
    const { repeats, waits } = noted();
    const ever = failing(99, { error: lost(), again: true });
    await expect(repeated(ever.attempt, repeats)).rejects.toMatchObject({ code: 'FEED_UNAVAILABLE' });
    expect([ever.calls(), waits.length]).toEqual([4, 3]);
    const once = failing(99, { error: lost(), again: false });
    await expect(repeated(once.attempt, repeats)).rejects.toMatchObject({ code: 'FEED_UNAVAILABLE' });
    expect(once.calls()).toBe(1);
  });

  it('waits as long as it is asked to, but a minute at the most', async () => {
    const { repeats, waits } = noted({ attempts: 2 });
    await repeated(failing(1, { error: lost(), again: true, askedMs: 9_000 }).attempt, repeats);
    await repeated(failing(1, { error: lost(), again: true, askedMs: 9e9 }).attempt, repeats);
    expect(waits).toEqual([9_000, 60_000]);
  });

  it('ends with the wait, and with what an attempt throws', async () => {
    const closing = new AbortController();
    const { repeats } = noted({
      sleep: realSleep,
      signal: closing.signal,
      backoff: { firstMs: 60_000, capMs: 60_000 },
    });
    const waiting = repeated(failing(1, { error: lost(), again: true }).attempt, repeats);
    closing.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    const broken = repeated(() => Promise.reject(new RangeError('ours')), repeats);
    await expect(broken).rejects.toBeInstanceOf(RangeError);
  });
});
