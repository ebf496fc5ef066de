import { nyInstant } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import { generateMarketDay } from '@trading-agent/synthetic';
import { expect, test } from 'vitest';
import { chainSnapshot } from './chain-snapshot.ts';

test('options on SPY live until 16:15', () => {
  const date = marketDate('2026-03-03');
  const day = generateMarketDay({ date, underlyings: ['SPY'], seed: 7 });
  const at = nyInstant(date, '10:30');
  const { expiries } = chainSnapshot(day, 'SPY', at, 0.04);
  expect(expiries.length).toBeGreaterThan(0);
  for (const { expiry, years } of expiries)
    expect(years).toBeCloseTo((nyInstant(expiry, '16:15') - at) / (365 * 86_400 * 1e6), 12);
});
