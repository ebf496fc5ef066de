import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runAgentCommand } from './testing/agent-process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'agent-switch-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

async function agent<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await runAgentCommand([...args, '--json'], { dataDir });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}
// A half day.
const DATE = '2026-11-27';

interface Explained {
  readonly sessions: readonly {
    readonly symbols: readonly {
      readonly symbol: string;
      readonly orders: number;
      readonly obstacles: readonly { rule: string }[];
    }[];
    readonly decisions: readonly {
      readonly kind: string;
      readonly reasons: readonly { rule: string; text: string | null }[];
    }[];
  }[];
}

describe('agent halt', () => {
  it('keeps a later start from opening anything; agent explain says why; agent resume lifts it', async () => {
    const halted = await agent<{ standing: readonly { state: string; reason: string }[] }>(
      'halt',
      '--reason',
      'a test',
    );
    expect(halted.standing).toMatchObject([{ scope: '*', state: 'halt', reason: 'a test' }]);
    const batch = ['--exit-at-close', '--speed', 'max', '--port', '0'];
    const report = await agent<{ orders: readonly unknown[] }>('start', '--date', DATE, '--symbols', 'SPY', ...batch);
    expect(report.orders).toEqual([]);

    const { sessions } = await agent<Explained>('explain', '--date', DATE, '--symbol', 'spy');
    expect(sessions).toHaveLength(1);
    expect(sessions[0]?.symbols).toMatchObject([{ symbol: 'SPY', orders: 0 }]);
    expect(sessions[0]?.symbols[0]?.obstacles.map(({ rule }) => rule)).toContain('halted');
    const halts = sessions[0]?.decisions.filter(({ reasons }) => reasons.some(({ rule }) => rule === 'operator-halt'));
    expect(halts?.map(({ reasons }) => reasons[0]?.text)).toEqual([expect.stringContaining('a test')]);

    expect(await agent('resume')).toEqual({ standing: [] });
    expect(await agent('switch')).toEqual({ standing: [] });
  });

  it('stops by a file when the database can not be reached, and resume takes the file away', async () => {
    const env = { DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:9/none' };
    const { code, stdout } = await runAgentCommand(['flatten', '--json'], { dataDir, env });
    expect([code, JSON.parse(stdout)]).toEqual([0, { file: join(dataDir, 'FLATTEN'), state: 'flatten' }]);
    expect(await agent('switch')).toMatchObject({ standing: [{ state: 'flatten', by: 'file' }] });
    // Lifting is not done halfway: without the database it fails and the file stays.
    expect((await runAgentCommand(['resume'], { dataDir, env })).code).toBe(1);
    expect(existsSync(join(dataDir, 'FLATTEN'))).toBe(true);
    await agent('resume');
    expect(existsSync(join(dataDir, 'FLATTEN'))).toBe(false);
  });

  it('agent explain of a day without a session is wrong input', async () => {
    const { code, stdout } = await runAgentCommand(['explain', '--date', '2015-12-23', '--json'], { dataDir });
    expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: 'DATA_DAY_MISSING' } }]);
  });
});
