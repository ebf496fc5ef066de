import { loadSettings, type RiskTolerance, type TierTable } from '@trading-agent/config';
import { scaleUsd, usd } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tierFor } from './index.ts';

const table = loadSettings({ env: {}, cwd: import.meta.dirname }).tiers;
const at = (dollars: number, tolerance: RiskTolerance = 'medium', tiers: TierTable = table) =>
  tierFor(usd(dollars), tiers, tolerance);

const MICRO = ['SPY', 'QQQ', 'IWM'];
const SMALL = [...MICRO, 'AAPL', 'MSFT', 'TSLA'];
const MEDIUM = [...SMALL, 'NVDA', 'AMZN', 'GOOGL', 'META'];
const LARGE = [...MEDIUM, 'NFLX', 'ADBE', 'CRM', 'PYPL'];

describe('the tiers of the design document', () => {
  it.each([
    { name: 'micro', from: 0, to: 1_000, symbols: MICRO, positions: 2, risk: 0.02, minute: 5, day: 1_000 },
    { name: 'small', from: 1_000, to: 10_000, symbols: SMALL, positions: 3, risk: 0.025, minute: 7, day: 1_500 },
    { name: 'medium', from: 10_000, to: 50_000, symbols: MEDIUM, positions: 5, risk: 0.03, minute: 10, day: 2_000 },
    { name: 'large', from: 50_000, to: 250_000, symbols: LARGE, positions: 8, risk: 0.035, minute: 15, day: 3_000 },
    {
      name: 'institutional',
      from: 250_000,
      to: 9e8,
      symbols: LARGE,
      positions: 12,
      risk: 0.04,
      minute: 25,
      day: 5_000,
    },
  ])('$name from $from to $to', ({ name, from, to, symbols, positions, risk, minute, day }) => {
    for (const tier of [at(from), at((from + to) / 2), at(to - 0.000_001)]) {
      expect(tier).toMatchObject({
        name,
        maxPositions: positions,
        riskPerTrade: risk,
        apiBudget: { perMinute: minute, perDay: day },
        limits: { dailyLoss: 0.05, portfolioRisk: 0.15, correlation: 0.7 },
      });
      expect(tier.symbols.slice(0, symbols.length)).toEqual(symbols);
      expect(tier.maxPositionSize).toBeGreaterThanOrEqual(0.1);
      expect(tier.maxPositionSize).toBeLessThanOrEqual(0.3);
      expect(tier.stopLoss).toBeGreaterThanOrEqual(0.3);
      expect(tier.stopLoss).toBeLessThanOrEqual(0.5);
    }
  });

  it('adds the names that the document leaves open above medium only', () => {
    expect(at(49_999).symbols).toEqual(MEDIUM);
    expect(at(250_000).symbols).toEqual(expect.arrayContaining(['JPM', 'JNJ', 'PG', 'UNH']));
    expect(at(249_999).symbols).not.toContain('JPM');
  });
});

describe('tierFor', () => {
  it('holds the dollar limit of the tier below until the smaller fraction yields more', () => {
    expect(at(999.99).maxPositionSize).toBe(0.3);
    expect(at(1_000).maxPositionSize).toBe(0.3);
    expect(at(1_100).maxPositionSize * 1_100).toBeCloseTo(300, 9);
    expect(at(1_200).maxPositionSize).toBeCloseTo(0.25, 12);
    expect(at(25_000).maxPositionSize).toBe(0.2);
  });

  it('scales the risk of a trade by tolerance and keeps it within the stated limits', () => {
    expect(at(25_000, 'low').riskPerTrade).toBe(0.015);
    expect(at(25_000, 'high').riskPerTrade).toBe(0.0375);
    expect(at(300_000, 'high').riskPerTrade).toBe(0.05);
    expect(at(500, 'low').riskPerTrade).toBe(0.01);
    const narrow = { ...table, riskPerTrade: { min: 0.02, max: 0.03 } };
    expect(at(500, 'low', narrow).riskPerTrade).toBe(0.02);
    expect(at(300_000, 'high', narrow).riskPerTrade).toBe(0.03);
  });

  it('puts an account in debt into the first tier', () => {
    expect(at(-50)).toEqual(at(0));
  });

  it('says that a table without tiers is of no use', () => {
    expect(() => at(100, 'medium', { ...table, table: [] })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('a higher balance never removes a symbol nor lowers a dollar limit', () => {
    const micros = fc.oneof(
      fc.integer({ min: 0, max: 400_000_000_000 }),
      fc
        .tuple(fc.constantFrom(...table.table.map(({ fromBalance }) => fromBalance)), fc.integer({ min: -2, max: 2 }))
        .map(([from, nudge]) => Math.max(0, from * 1_000_000 + nudge)),
    );
    const tolerance = fc.constantFrom<RiskTolerance>('low', 'medium', 'high');
    fc.assert(
      fc.property(micros, micros, tolerance, (one, other, level) => {
        const [low, high] = [usd(Math.min(one, other) / 1e6), usd(Math.max(one, other) / 1e6)];
        const [poor, rich] = [tierFor(low, table, level), tierFor(high, table, level)];
        expect(rich.symbols).toEqual(expect.arrayContaining([...poor.symbols]));
        expect(rich.maxPositions).toBeGreaterThanOrEqual(poor.maxPositions);
        expect(rich.apiBudget.perMinute).toBeGreaterThanOrEqual(poor.apiBudget.perMinute);
        expect(rich.apiBudget.perDay).toBeGreaterThanOrEqual(poor.apiBudget.perDay);
        const pairs: readonly (readonly [number, number])[] = [
          [poor.riskPerTrade, rich.riskPerTrade],
          [poor.maxPositionSize, rich.maxPositionSize],
          [poor.limits.dailyLoss, rich.limits.dailyLoss],
          [poor.limits.portfolioRisk, rich.limits.portfolioRisk],
        ];
        // One micro-dollar: a held amount is a fraction that is multiplied again.
        for (const [less, more] of pairs) expect(scaleUsd(high, more)).toBeGreaterThanOrEqual(scaleUsd(low, less) - 1);
      }),
    );
  });

  it('a higher tolerance never lowers the risk of a trade, and nothing else depends on it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400_000 }), (dollars) => {
        const [low, medium, high] = [at(dollars, 'low'), at(dollars), at(dollars, 'high')];
        expect(low.riskPerTrade <= medium.riskPerTrade && medium.riskPerTrade <= high.riskPerTrade).toBe(true);
        expect({ ...low, riskPerTrade: 0 }).toEqual({ ...high, riskPerTrade: 0 });
      }),
    );
  });
});
