import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mean, profitFactor, standardDeviation, winRate } from './index.ts';

interface Case {
  readonly case: string;
  readonly trades: readonly { readonly profit_loss: number }[];
  readonly expected: Readonly<Record<string, number>>;
}

const file = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/metrics/lean_trade_statistics.json`;
describe.skipIf(!existsSync(file))(`trade statistics of ${file}`, () => {
  const cases: readonly Case[] = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] }).cases
    : [];
  test.each(cases)('$case', ({ trades, expected }) => {
    const profits = trades.map((trade) => trade.profit_loss);
    expect(winRate(profits)).toBeCloseTo(expected['WinRate'] ?? Number.NaN, 12);
    expect(mean(profits)).toBeCloseTo(expected['AverageProfitLoss'] ?? Number.NaN, 12);
    expect(standardDeviation(profits)).toBeCloseTo(expected['ProfitLossStandardDeviation'] ?? Number.NaN, 10);
  });
  // The reference writes 10 where there is no loss to divide by; here that is NaN.
  test.each(cases.filter(({ trades }) => trades.some((trade) => trade.profit_loss < 0)))(
    '$case: profit factor',
    ({ trades, expected }) => {
      const profits = trades.map((trade) => trade.profit_loss);
      expect(profitFactor(profits)).toBeCloseTo(expected['ProfitFactor'] ?? Number.NaN, 12);
    },
  );
});

test('no loss is no factor, no trade no rate; a trade without profit is not won', () => {
  expect(profitFactor([1, 2])).toBeNaN();
  expect(winRate([])).toBeNaN();
  expect(winRate([0, 1, -1, 2])).toBe(0.5);
});
