import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { runAgentCommand } from '../testing/agent-process.ts';
import { FLAT_FILES } from '../testing/recorded-data.ts';

const show = (...args: readonly string[]) => runAgentCommand(['data', 'show', ...args], { dataDir: tmpdir() });

describe('agent data show', () => {
  it('refuses what is incomplete, and says when nobody can answer', { timeout: 60_000 }, async () => {
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

  it.skipIf(!existsSync(FLAT_FILES))('answers from data', { timeout: 60_000 }, async () => {
    const days = ['--data', FLAT_FILES, '--from', '2014-06-05', '--until', '2014-06-09', '--json'];
    const answer = await show('bars', 'AAPL', ...days, '--raw');
    expect(answer.stderr).toBe('');
    expect(JSON.parse(answer.stdout)).toMatchObject({
      rows: [{ date: '2014-06-05' }, { date: '2014-06-06', close: 645.57 }, { date: '2014-06-09', close: 93.7 }],
    });
    const average = await show('sma', 'AAPL', ...days, '--raw', '--window', '2');
    const values: { readonly rows: readonly { readonly value: number }[] } = JSON.parse(average.stdout);
    expect(values.rows.at(-1)?.value).toBeCloseTo((645.57 + 93.7) / 2, 9);
  });
});
