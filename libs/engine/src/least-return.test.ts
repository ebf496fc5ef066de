import { loadSettings, type Settings } from '@trading-agent/config';
import { describe, expect, it } from 'vitest';
import { engineConfig } from './config.ts';

const settings = loadSettings({ env: {}, cwd: import.meta.dirname });
const floor = (mode: Settings['account']['mode'], leastReturn: number): number => {
  const { account, tiers } = settings;
  const sizing = { ...tiers.sizing, leastReturn };
  return engineConfig({ ...settings, account: { ...account, mode }, tiers: { ...tiers, sizing } }, 7).leastReturn;
};

describe('the least expected return', () => {
  it('is below zero as shipped, for paper money: the baseline claims no edge and would never trade', () => {
    expect(settings.account.mode).toBe('paper');
    expect(engineConfig(settings, 7).leastReturn).toBe(-0.25);
  });

  it.each([
    [-0.25, 0],
    [-1, 0],
    [0.1, 0.1],
  ])('of %d is %d in live trading', (configured, live) => {
    expect(floor('live', configured)).toBe(live);
    expect(floor('paper', configured)).toBe(configured);
  });
});
