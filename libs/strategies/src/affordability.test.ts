import { loadSettings } from '@trading-agent/config';
import { describe, expect, it } from 'vitest';
import { affordabilityOf, type OneLotCost } from './affordability.ts';

const { tiers } = loadSettings({ env: {}, cwd: import.meta.dirname });

/** A put spread sold for 1.00, five wide: fees of two dollars there and back. */
const SPREAD: OneLotCost = {
  premium: -100,
  collateral: 500,
  initial: 500,
  maintenance: 500,
  maxLoss: 400,
  maxGain: 100,
  fees: 2,
  feeShare: 0.02,
  shares: 0,
  sharesValue: 0,
};

function measured(cost: Partial<OneLotCost>, balance = 25_000, more = {}): Record<string, unknown[]> {
  const { checks } = affordabilityOf({ ...SPREAD, ...cost }, { balance, tiers, tolerance: 'medium', ...more });
  return Object.fromEntries(
    checks.map(({ rule, ...one }) => [rule, [one.passed, one.actual, one.limit, one.smallestBalance]]),
  );
}

describe('one unit', () => {
  it('is measured with the fees of opening it', () => {
    // 401 are 3% of 13,366.67 and 15% of 2,673.34; 500 are 25% of 2,000.
    expect(measured({})).toEqual({
      'risk-per-trade': [true, 401, 750, 13_366.67],
      'position-size': [true, 500, 5_000, 2_000],
      'portfolio-risk': [true, 401, 3_750, 2_673.34],
      'buying-power': [true, 501, 25_000, 501],
      maintenance: [true, 500, 25_000, 500],
      'from-balance': [true, 0, 25_000, 0],
      'fee-share': [true, 0.02, 0.1, 0],
    });
  });

  it('needs the margin where that is more than what the structure sets aside', () => {
    expect(measured({ initial: 900, maintenance: 800 })).toMatchObject({
      'position-size': [true, 500, 5_000, 2_000],
      'buying-power': [true, 901, 25_000, 901],
      maintenance: [true, 800, 25_000, 800],
    });
  });

  it('pays its premium where it is bought', () => {
    const bought = { premium: 320, collateral: 0, initial: 0, maintenance: 0, maxLoss: 320 };
    expect(measured(bought)).toMatchObject({
      'position-size': [true, 320, 5_000, 1_280],
      'buying-power': [true, 321, 25_000, 321],
    });
  });

  it('is for no balance where the margin rules do not allow it, or its fees eat the premium', () => {
    const { fits, smallestBalance } = affordabilityOf(
      { ...SPREAD, initial: null, maintenance: null },
      { balance: 1e6, tiers, tolerance: 'medium' },
    );
    expect([fits, smallestBalance]).toEqual([false, null]);
    expect(measured({ feeShare: 0.11 })['fee-share']).toEqual([false, 0.11, 0.1, null]);
  });

  it('beside shares counts them as capital, and asks for them', () => {
    const covered = { collateral: 0, shares: 100, sharesValue: 4_000, initial: 2_000, maintenance: 1_000, maxLoss: 0 };
    expect(measured(covered)).toMatchObject({
      'position-size': [true, 4_000, 5_000, 20_000],
      'buying-power': [true, 4_001, 25_000, 4_001],
      shares: [false, 0, 100, null],
    });
    expect(measured(covered, 25_000, { shares: 100 })['shares']).toEqual([true, 100, 100, 0]);
  });

  it('waits for the balance that its strategy asks for', () => {
    expect(measured({}, 25_000, { fromBalance: 30_000 })['from-balance']).toEqual([false, 30_000, 25_000, 30_000]);
  });
});
