import { marketDate, TradingError } from '@trading-agent/core';
import type { Dividend, TreasuryYields } from '@trading-agent/market-data';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../testing/silent-log.ts';
import { vendorKnowledge } from './session-knowledge.ts';

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

const noCurves = (): Promise<readonly TreasuryYields[]> => Promise.resolve([]);

describe('what a vendor knows of a session', () => {
  it('are the dividends from tomorrow on, those of one day added up, and the newest curve', async () => {
    const asked: unknown[] = [];
    const knowledge = vendorKnowledge(
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
        treasuryYields: (from, to) => {
          asked.push([from, to]);
          return Promise.resolve([
            { date: marketDate('2026-02-27'), yields: { '1m': 0.036, '1y': 0.035 } },
            { date: marketDate('2026-02-26'), yields: { '1m': 0.04 } },
          ]);
        },
      },
      silentLog,
    );
    expect(await knowledge(['AAPL'], DATE)).toEqual({
      events: {
        AAPL: {
          dividends: [
            { exDate: '2026-03-10', cash: 1.25 },
            { exDate: '2026-04-20', cash: 9 },
          ],
          earnings: null,
        },
      },
      treasury: {
        date: '2026-02-27',
        yields: [
          { years: 1 / 12, yield: 0.036 },
          { years: 1, yield: 0.035 },
        ],
      },
    });
    expect(asked).toEqual([{ symbol: 'AAPL', from: '2026-03-03', to: '2026-05-01' }, ['2026-02-16', '2026-03-01']]);
  });

  it('that can not be had leaves the rest as it is, and no dividend is told apart from not knowing', async () => {
    const knowledge = vendorKnowledge(
      {
        dividends: ({ symbol }) =>
          symbol === 'SPY'
            ? Promise.reject(new TradingError('FEED_NOT_ENTITLED', 'not in the plan'))
            : Promise.resolve(symbol === 'AAPL' ? [dividend('2026-03-10', 0.25)] : []),
        treasuryYields: noCurves,
      },
      silentLog,
    );
    const { events, treasury } = await knowledge(['AAPL', 'MSFT', 'SPY'], DATE);
    expect(Object.keys(events ?? {})).toEqual(['AAPL', 'MSFT']);
    expect(events?.['MSFT']).toEqual({ dividends: [], earnings: null });
    expect(treasury).toBeUndefined();
    const refused = vendorKnowledge(
      {
        dividends: () => Promise.resolve([]),
        treasuryYields: () => Promise.reject(new TradingError('FEED_NOT_ENTITLED', 'not in the plan')),
      },
      silentLog,
    );
    expect(await refused(['AAPL'], DATE)).toEqual({ events: { AAPL: { dividends: [], earnings: null } } });
  });
});
