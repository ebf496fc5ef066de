import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runInProcess } from '../testing/in-process.ts';
import { FLAT_FILES } from '../testing/recorded-data.ts';

const show = (...args: readonly string[]) => runInProcess(['data', 'show', ...args]);

describe('agent data show', () => {
  it('refuses what is incomplete, and says when nobody can answer', async () => {
    expect((await show('bars')).code).toBe(2);
    const nobody = await show('status');
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('FEED_UNAVAILABLE')]);
    const sessions = await show('sessions', '--from', '2026-11-25', '--until', '2026-11-27', '--json');
    expect(JSON.parse(sessions.stdout)).toMatchObject({
      rows: [
        { date: '2026-11-25', close: '16:00:00' },
        { date: '2026-11-27', close: '13:00:00' },
      ],
    });
  });

  it.skipIf(!existsSync(FLAT_FILES))('answers from data', async () => {
    const days = ['--data', FLAT_FILES, '--from', '2014-06-27', '--until', '2014-07-01', '--json'];
    const answer = await show('bars', 'AAPL', ...days, '--raw');
    expect(answer.stderr).toBe('');
    expect(JSON.parse(answer.stdout)).toMatchObject({
      rows: [
        { date: '2014-06-27', close: 91.98 },
        { date: '2014-06-30', close: 92.93 },
      ],
      // What is not there is said: it is not the same as a day without a trade.
      missing: ['2014-07-01'],
    });
    const average = await show('sma', 'AAPL', ...days, '--raw', '--window', '2');
    const values: { readonly rows: readonly { readonly value: number }[] } = JSON.parse(average.stdout);
    expect(values.rows.at(-1)?.value).toBeCloseTo((91.98 + 92.93) / 2, 9);
  });
});
