import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runAgentCommand } from './testing/agent-process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'agent-train-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

it('agent train compares its candidates and says which is champion', async () => {
  const { code, stdout, stderr } = await runAgentCommand(['train', '--symbols', 'SPY', '--balance', '900', '--json'], {
    dataDir,
  });
  expect(code, stderr).toBe(0);
  const report: { champion: string; rows: number; candidates: { name: string; validation: { logLoss: number } }[] } =
    JSON.parse(stdout);
  expect(report.rows).toBeGreaterThan(1_000);
  const best = report.candidates.toSorted((a, b) => a.validation.logLoss - b.validation.logLoss)[0];
  expect(report.champion).toBe(best?.name);
});
