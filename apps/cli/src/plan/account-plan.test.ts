import { requireSession } from '@trading-agent/calendar';
import { loadSettings } from '@trading-agent/config';
import { marketDate, micros, MICROS_PER_MINUTE } from '@trading-agent/core';
import { loadRecordedDay } from '@trading-agent/market-data';
import { chainViews, type ComingEvents } from '@trading-agent/strategies';
import { generateMarketDay } from '@trading-agent/synthetic';
import { describe, expect, it } from 'vitest';
import { FLAT_FILES, hasFlatFiles } from '../testing/recorded-data.ts';
import { type AccountPlan, accountPlan } from './account-plan.ts';

const settings = loadSettings({ env: {}, cwd: import.meta.dirname });
const BALANCES = [500, 5_000, 25_000, 100_000, 1_000_000];

async function goog(): Promise<ReturnType<typeof chainViews>> {
  const date = marketDate('2015-12-24');
  const day = await loadRecordedDay({ dataDir: FLAT_FILES, date, underlyings: ['GOOG'] });
  return chainViews(day, micros(requireSession(date).open + 60 * MICROS_PER_MINUTE));
}

function synthetic(underlyings: readonly string[]): Promise<ReturnType<typeof chainViews>> {
  const day = generateMarketDay({ date: marketDate('2026-03-02'), underlyings, seed: 7, minutes: 30 });
  return Promise.resolve(chainViews(day));
}

const unitsOf = ({ symbols }: AccountPlan) =>
  symbols.flatMap(({ symbol, structures }) => structures.map((structure) => ({ symbol, ...structure })));

describe.each([
  { market: 'the synthetic market', symbols: ['SPY', 'INTC'], chains: () => synthetic(['SPY', 'INTC']), skip: false },
  { market: `GOOG 2015-12-24 (${FLAT_FILES})`, symbols: ['GOOG'], chains: goog, skip: !hasFlatFiles },
])('accounts of five sizes on $market', ({ symbols, chains: load, skip }) => {
  it.skipIf(skip)('get different plans: more fits, and nothing that fitted is lost', async () => {
    const chains = await load();
    const plans = BALANCES.map((balance) => accountPlan(settings, balance, symbols, chains));
    expect(plans.map(({ tier }) => tier)).toEqual(['micro', 'small', 'medium', 'large', 'institutional']);
    const fitting = plans.map((plan) => unitsOf(plan).filter(({ fits }) => fits));
    // Two percent of 500 dollars: next to nothing may be lost in one trade.
    expect(fitting[0]?.filter(({ cost }) => !(cost.maxLoss <= 10))).toEqual([]);
    expect(fitting[4]?.length).toBeGreaterThan(fitting[2]?.length ?? 0);
    expect(fitting[2]?.length).toBeGreaterThan(fitting[1]?.length ?? 0);
    const names = fitting.map((units) => units.map(({ symbol, strategy }) => `${symbol} ${strategy}`));
    for (const [index, richer] of names.slice(1).entries())
      expect(richer).toEqual(expect.arrayContaining(names[index] ?? []));
  });

  it.skipIf(skip)(
    'are told of every refusal the rule, the number, the limit, and the balance at which it does fit',
    async () => {
      const chains = await load();
      let verified = 0;
      for (const balance of [500, 100_000]) {
        const plan = accountPlan(settings, balance, symbols, chains);
        for (const { symbol, strategy, fits, checks, cost, smallestBalance } of unitsOf(plan)) {
          const failed = checks.filter(({ passed }) => !passed);
          expect(failed.length > 0).toBe(!fits);
          const measured = failed.filter(({ rule }) => rule !== 'shares');
          expect(measured.filter(({ actual, limit }) => !(actual > limit))).toEqual([]);
          if (fits || smallestBalance === null || cost.shares > 0) continue;
          const at = (dollars: number) =>
            unitsOf(accountPlan(settings, dollars, [symbol], chains)).find((unit) => unit.strategy === strategy)?.fits;
          expect([at(smallestBalance), at(Math.round(smallestBalance * 100 - 1) / 100)], strategy).toEqual([
            true,
            false,
          ]);
          verified++;
        }
      }
      expect(verified).toBeGreaterThan(10);
    },
  );

  it.skipIf(skip)('are told to expect the costs of what they trade, for nobody has a view', async () => {
    const plan = accountPlan(settings, 1_000_000, symbols, await load());
    let dear = 0;
    for (const { symbol, strategy, fits, legs, cost, score, refusal } of unitsOf(plan)) {
      const isDear = score !== null && score.expectedReturn < settings.tiers.sizing.leastReturn;
      expect(isDear && refusal === null, `${symbol} ${strategy}`).toBe(false);
      if (fits && refusal !== null) dear++;
      if (score === null || new Set(legs.map((leg) => leg.slice(0, -9))).size > 1) continue;
      // Of one expiry the market's distribution knows the price: what is left is how far the surface smooths single quotes.
      const off = Math.abs(score.expectedValue + score.slippage + score.fees);
      expect(off, `${symbol} ${strategy}`).toBeLessThan(0.12 * Math.abs(cost.premium) + 10);
    }
    expect(plan.tooDear).toBe(dear);
  });

  it.skipIf(skip)('have margin that covers the loss of what they may sell, and fees in proportion', async () => {
    const plan = accountPlan(settings, 1_000_000, symbols, await load());
    for (const { strategy, cost, fits } of unitsOf(plan)) {
      // The requirement and the premium received cover the worst loss of whatever is sold without shares.
      const margin = cost.maintenance ?? 0;
      expect(cost.collateral === 0 || Math.abs(margin - cost.collateral) < 1e-6, strategy).toBe(true);
      expect(cost.maxLoss <= Math.max(0, cost.premium) + margin + 0.01 || !fits, strategy).toBe(true);
      expect(cost.feeShare).toBeCloseTo(cost.fees / Math.abs(cost.premium), 3);
    }
  });
});

describe('what is due', () => {
  const day = generateMarketDay({ date: marketDate('2026-03-02'), underlyings: ['SPY'], seed: 7, minutes: 30 });
  const planOf = (events: ComingEvents) =>
    accountPlan(settings, 1_000_000, ['SPY'], chainViews(day, undefined, { events: { SPY: events } })).symbols[0];

  it('leaves a symbol out before its earnings', () => {
    const line = planOf({ dividends: [], earnings: marketDate('2026-03-04') });
    expect(line).toMatchObject({ facts: { earningsInDays: 2 }, choice: { selected: false } });
    expect(line?.choice.reasons).toMatchObject([{ rule: 'earnings', actual: 2, limit: 2, smallestBalance: null }]);
  });

  it('sells no call before a dividend', () => {
    const line = planOf({ dividends: [{ exDate: marketDate('2026-03-03'), cash: 1.8 }], earnings: null });
    expect(line).toMatchObject({ facts: { exDividendInDays: 1 }, choice: { selected: true, noSoldCalls: true } });
    const refused = line?.structures.filter(({ refusal }) => refusal?.rule === 'ex-dividend') ?? [];
    expect(refused.map(({ strategy }) => strategy)).toContain('covered-call');
    for (const { legs } of refused) expect(legs.some((leg) => /^-.*C\d{8}$/.test(leg))).toBe(true);
  });
});
