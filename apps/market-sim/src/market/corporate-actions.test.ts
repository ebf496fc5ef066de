import { marketDate, usd } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import type { MarketSimOptions } from '../options.ts';
import { corporateActionsOf } from './corporate-actions.ts';

const options: MarketSimOptions = {
  market: 'synthetic',
  date: marketDate('2026-01-05'),
  symbols: ['SPY', 'AAPL'],
  balance: usd(25_000),
  seed: 7,
  speed: 'max',
  port: 0,
};

describe('the dividends and splits of a market of several days', () => {
  it('are those of the synthetic market, paid after their ex-date', () => {
    const actions = corporateActionsOf({ ...options, days: 130 });
    const dividends = actions.flatMap((action) => (action.kind === 'dividend' ? [action] : []));
    expect(new Set(dividends.map(({ ticker }) => ticker))).toEqual(new Set(options.symbols));
    for (const { exDate, payDate, amount } of dividends) {
      expect(payDate > exDate && exDate >= options.date).toBe(true);
      expect(amount).toBeGreaterThan(0);
    }
    expect(corporateActionsOf({ ...options, days: 130 })).toEqual(actions);
  });

  it('are those handed over, and none on a single or a recorded day', () => {
    const given = [{ kind: 'split', ticker: 'SPY', exDate: marketDate('2026-01-06'), ratio: 2 } as const];
    expect(corporateActionsOf({ ...options, days: 3, corporateActions: given })).toBe(given);
    expect(corporateActionsOf(options)).toEqual([]);
    expect(corporateActionsOf({ ...options, days: 3, market: 'replay' })).toEqual([]);
  });
});
