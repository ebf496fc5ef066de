import { marketDate, TradingError } from '@trading-agent/core';
import type { Dividend } from '@trading-agent/market-data';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../testing/silent-log.ts';
import { declaredDividends } from './coming-events.ts';

const DATE = marketDate('2026-03-02');

function dividend(exDate: string, amount: number, over: Partial<Dividend> = {}): Dividend {
  return {
    id: null,
    symbol: 'AAPL',
    amount,
    currency: 'USD',
    kind: 'regular',
    exDate: marketDate(exDate),
    declared: null,
    recorded: null,
    paid: null,
    frequency: 4,
    ...over,
  };
}

describe('declared dividends', () => {
  it('are those of the next ex-date, added up, from tomorrow on', async () => {
    const asked: unknown[] = [];
    const calendar = declaredDividends(
      {
        dividends: (query) => {
          asked.push(query);
          return Promise.resolve([
            dividend('2026-04-20', 9),
            dividend('2026-03-10', 0.25),
            dividend('2026-03-10', 1, { kind: 'special' }),
            dividend('2026-03-10', 7, { currency: 'CAD' }),
          ]);
        },
      },
      silentLog,
    );
    expect(await calendar(['AAPL'], DATE)).toEqual({
      AAPL: { dividend: { exDate: '2026-03-10', cash: 1.25 }, earnings: null },
    });
    expect(asked).toEqual([{ symbol: 'AAPL', from: '2026-03-03', to: '2026-05-01' }]);
  });

  it('that can not be had leave the others as they are', async () => {
    const calendar = declaredDividends(
      {
        dividends: ({ symbol }) =>
          symbol === 'SPY'
            ? Promise.reject(new TradingError('FEED_NOT_ENTITLED', 'not in the plan'))
            : Promise.resolve(symbol === 'AAPL' ? [dividend('2026-03-10', 0.25)] : []),
      },
      silentLog,
    );
    expect(Object.keys(await calendar(['AAPL', 'MSFT', 'SPY'], DATE))).toEqual(['AAPL']);
  });
});
