import { loadSettings } from '@trading-agent/config';
import { usd } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type SelectionReason,
  selectSymbols,
  smallestBalanceFor,
  smallestBalanceOf,
  type SymbolFacts,
  tierFor,
} from './index.ts';
import { slotsOf } from './symbol-selection.ts';

const settings = loadSettings({ env: {}, cwd: import.meta.dirname });
const { selection } = settings.symbols;

const facts = (symbol: string, over: Partial<SymbolFacts> = {}): SymbolFacts => ({
  symbol,
  spread: 0.05,
  openInterest: 5_000,
  volume: 1_000,
  oneLot: 100,
  earningsInDays: 30,
  exDividendInDays: 30,
  ...over,
});
const budget = { riskPerTrade: 500, apiBudget: { perMinute: 5, perDay: 1_000 } };
const choice = (over: Partial<SymbolFacts>) => selectSymbols([facts('SPY', over)], selection, budget)[0];

describe('a symbol', () => {
  it('is taken when nothing speaks against it, and what is not known does not', () => {
    const unknown = { openInterest: null, volume: null, oneLot: null, earningsInDays: null, exDividendInDays: null };
    expect(choice({ oneLot: 500, spread: 0.15, openInterest: 500, volume: 100 })?.selected).toBe(true);
    expect(choice({})).toEqual({ symbol: 'SPY', selected: true, rank: 1, reasons: [], noSoldCalls: false });
    expect(choice(unknown)?.selected).toBe(true);
  });

  it.each([
    ['unquoted', { spread: null }, null, 0.15],
    ['spread', { spread: 0.151 }, 0.151, 0.15],
    ['open-interest', { openInterest: 499 }, 499, 500],
    ['volume', { volume: 99 }, 99, 100],
    ['one-lot', { oneLot: 500.01 }, 500.01, 500],
    ['earnings', { earningsInDays: 2 }, 2, 2],
  ] as const)('is left out by %s, with number and limit', (rule, over, actual, limit) => {
    expect(choice(over)).toMatchObject({ selected: false, rank: null, reasons: [{ rule, actual, limit }] });
    expect(choice(over)?.reasons[0]?.text).not.toBe('');
  });

  it('is taken again right after its earnings, and sells no call before its dividend', () => {
    expect(choice({ earningsInDays: -1 })?.selected).toBe(true);
    expect(choice({ earningsInDays: 3 })?.selected).toBe(true);
    expect(choice({ exDividendInDays: 1 })).toMatchObject({ selected: true, noSoldCalls: true });
    expect(choice({ exDividendInDays: 2 })?.noSoldCalls).toBe(false);
  });

  it('is told everything that speaks against it', () => {
    expect(choice({ spread: 1, volume: 0, earningsInDays: 0 })?.reasons.map(({ rule }) => rule)).toEqual([
      'spread',
      'volume',
      'earnings',
    ]);
  });
});

describe('the data budget', () => {
  it('follows the tightest spreads, as many as a minute and a day allow', () => {
    expect(slotsOf(selection, budget)).toBe(5);
    expect(slotsOf(selection, { ...budget, apiBudget: { perMinute: 100, perDay: 200 } })).toBe(2);
    const many = ['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((symbol, index) =>
      facts(symbol, { spread: 0.1 - index / 100 }),
    );
    const chosen = selectSymbols(many, selection, budget);
    expect(chosen.filter(({ selected }) => selected).map(({ symbol }) => symbol)).toEqual(['C', 'D', 'E', 'F', 'G']);
    expect(chosen[0]).toMatchObject({ rank: 7, reasons: [{ rule: 'data-budget', actual: 7, limit: 5 }] });
  });
});

describe('the smallest balance for what a symbol is left out by', () => {
  const from = (reason: SelectionReason | undefined) =>
    reason === undefined ? undefined : smallestBalanceOf(reason, selection, settings.tiers, 'medium');

  it('is that of its cheapest unit', () => {
    // 500.01 are 3% of 16,667.00.
    expect(from(choice({ oneLot: 500.01 })?.reasons[0])).toBe(16_667);
  });

  it('is that of the first tier whose budget follows as many', () => {
    const reason = (actual: number): SelectionReason => ({ rule: 'data-budget', actual, limit: 5, text: '' });
    // Requests a minute: 5, 7, 10, 15, 25.
    expect([6, 7, 8, 25, 26].map((place) => from(reason(place)))).toEqual([1_000, 1_000, 10_000, 250_000, null]);
  });

  it('is none where the balance is not in the way', () => {
    expect(from(choice({ spread: 1 })?.reasons[0])).toBe(null);
    expect(from(choice({ spread: null })?.reasons[0])).toBe(null);
    expect(from(choice({ earningsInDays: 0 })?.reasons[0])).toBe(null);
  });
});

describe('a larger account', () => {
  // Whole numbers are spread evenly; doubles from 0 on would nearly all be tiny, and every symbol liquid and affordable.
  const arbitrary = fc.array(
    fc.record({
      spread: fc.option(fc.integer({ min: 0, max: 300 }).map((thousandths) => thousandths / 1_000)),
      oneLot: fc.option(fc.integer({ min: 0, max: 5_000 })),
    }),
    { minLength: 1, maxLength: 26 },
  );
  const at = (balance: number, all: readonly SymbolFacts[]) => {
    const tier = tierFor(usd(balance), settings.tiers, 'medium');
    const { apiBudget } = tier;
    return selectSymbols(all, selection, { riskPerTrade: balance * tier.riskPerTrade, apiBudget });
  };

  it('is never denied a symbol that a smaller one may trade, out of the same list', () => {
    const balance = fc.double({ min: 1, max: 400_000, noNaN: true });
    fc.assert(
      fc.property(arbitrary, balance, balance, (rows, one, other) => {
        // The budget is shared by spread among those that can be afforded: what is newly affordable comes behind what was, or there is room.
        const all = rows.map((row, index) => facts(`S${index}`, { ...row, spread: row.spread ?? null }));
        const slots = slotsOf(selection, tierFor(usd(Math.max(one, other)), settings.tiers, 'medium'));
        fc.pre(rows.length <= slots);
        const poor = at(Math.min(one, other), all);
        const rich = at(Math.max(one, other), all);
        for (const [index, { selected }] of poor.entries())
          expect(selected && rich[index]?.selected === false).toBe(false);
      }),
    );
  });
});

describe('the smallest balance for a limit', () => {
  it('is the inverse of the tiers: it passes, a cent below it does not', () => {
    const dollars = fc.double({ min: 0.01, max: 20_000, noNaN: true });
    const limits = fc.constantFrom('riskPerTrade', 'maxPositionSize', 'portfolioRisk', 'dailyLoss');
    fc.assert(
      fc.property(dollars, limits, fc.constantFrom('low', 'medium', 'high'), (amount, limit, tolerance) => {
        const balance = smallestBalanceFor(amount, limit, settings.tiers, tolerance) ?? Number.NaN;
        const reaches = (at: number): boolean => {
          const tier = tierFor(usd(at), settings.tiers, tolerance);
          const fraction = limit === 'riskPerTrade' || limit === 'maxPositionSize' ? tier[limit] : tier.limits[limit];
          return at * fraction >= amount;
        };
        expect(reaches(balance)).toBe(true);
        expect(reaches(Math.round(balance * 100 - 1) / 100)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
