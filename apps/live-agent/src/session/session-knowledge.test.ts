import { marketDate, TradingError } from '@trading-agent/core';
import type { OptionSnapshot, Split, TreasuryYields } from '@trading-agent/market-data';
import { aDividend } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { optionContract } from '@trading-agent/instruments';
import { silentLog } from '../testing/silent-log.ts';
import { vendorKnowledge } from './session-knowledge.ts';

const DATE = marketDate('2026-03-02');

const noChain = (): Promise<readonly OptionSnapshot[]> => Promise.resolve([]);
const NO_PRICES = new Map<string, number>();
const noSplits = (): Promise<readonly Split[]> => Promise.resolve([]);
const noCurves = (): Promise<readonly TreasuryYields[]> => Promise.resolve([]);

describe('what a vendor knows of a session', () => {
  it('are the dividends from tomorrow on, those of one day added up, and the newest curve', async () => {
    const asked: unknown[] = [];
    const knowledge = vendorKnowledge(
      {
        chain: noChain,
        splits: noSplits,
        dividends: (query) => {
          asked.push(query);
          return Promise.resolve([
            aDividend('2026-04-20', 9),
            aDividend('2026-03-10', 0.25),
            aDividend('2026-03-10', 1, { kind: 'special' }),
            aDividend('2026-03-10', 7, { currency: 'CAD' }),
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
    expect(await knowledge(['AAPL'], DATE, NO_PRICES)).toEqual({
      events: {
        AAPL: {
          dividends: [
            { exDate: '2026-03-10', cash: 1.25 },
            { exDate: '2026-04-20', cash: 9 },
          ],
          earnings: null,
        },
      },
      liquidity: {},
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
        chain: noChain,
        splits: noSplits,
        dividends: ({ symbol }) =>
          symbol === 'SPY'
            ? Promise.reject(new TradingError('FEED_NOT_ENTITLED', 'not in the plan'))
            : Promise.resolve(symbol === 'AAPL' ? [aDividend('2026-03-10', 0.25)] : []),
        treasuryYields: noCurves,
      },
      silentLog,
    );
    const { events, treasury } = await knowledge(['AAPL', 'MSFT', 'SPY'], DATE, NO_PRICES);
    expect(Object.keys(events ?? {})).toEqual(['AAPL', 'MSFT']);
    expect(events?.['MSFT']).toEqual({ dividends: [], earnings: null });
    expect(treasury).toBeUndefined();
    const refused = vendorKnowledge(
      {
        chain: noChain,
        splits: noSplits,
        dividends: () => Promise.resolve([]),
        treasuryYields: () => Promise.reject(new TradingError('FEED_NOT_ENTITLED', 'not in the plan')),
      },
      silentLog,
    );
    expect(await refused(['AAPL'], DATE, NO_PRICES)).toEqual({
      events: { AAPL: { dividends: [], earnings: null } },
      liquidity: {},
    });
  });

  it('counts a dividend declared for after a coming split in shares of today, and goes on without knowing of splits', async () => {
    const due = [aDividend('2026-03-06', 0.9), aDividend('2026-03-10', 0.05), aDividend('2026-03-20', 0.05)];
    const seen = async (splits: () => Promise<readonly Split[]>) => {
      const dividends = () => Promise.resolve(due);
      const reference = { chain: noChain, dividends, splits, treasuryYields: noCurves };
      const { events } = await vendorKnowledge(reference, silentLog)(['AAPL'], DATE, NO_PRICES);
      return events?.['AAPL']?.dividends.map(({ cash }) => cash);
    };
    const split = { id: null, symbol: 'AAPL', date: marketDate('2026-03-10'), from: 1, to: 20 };
    const other = { ...split, symbol: 'MSFT' };
    expect(await seen(() => Promise.resolve([split, other]))).toEqual([0.9, 1, 1]);
    const refused = new TradingError('FEED_NOT_ENTITLED', 'not in the plan');
    expect(await seen(() => Promise.reject(refused))).toEqual([0.9, 0.05, 0.05]);
  });

  it('is how many contracts near the money are open and were traded in the session before', async () => {
    const asked: unknown[] = [];
    const row = (openInterest: number | null, volume: number | null, dayDate: string): OptionSnapshot => ({
      contract: optionContract('AAPL260313C00200000'),
      quote: null,
      timeliness: null,
      lastTrade: null,
      day: {
        open: null,
        high: null,
        low: null,
        close: null,
        previousClose: null,
        volume,
        vwap: null,
        change: null,
        changePercent: null,
      },
      dayDate: marketDate(dayDate),
      greeks: null,
      impliedVolatility: null,
      openInterest,
      breakEven: null,
      fairMarketValue: null,
      underlyingPrice: null,
      underlyingAt: null,
    });
    const knowledge = vendorKnowledge(
      {
        chain: (query) => {
          asked.push(query);
          if (query.underlying === 'MSFT')
            return Promise.reject(new TradingError('FEED_NOT_ENTITLED', 'not in the plan'));
          if (query.underlying === 'SPY') return Promise.resolve([]);
          // Begun in the middle of the day: what was traded in the session before is not shown any more.
          if (query.underlying === 'QQQ') return Promise.resolve([row(90, 5, '2026-03-02')]);
          // What was traded before the last session is no volume of it; what is not told is no zero.
          return Promise.resolve([
            row(400, 30, '2026-02-27'),
            row(150, 12, '2026-02-26'),
            row(null, null, '2026-02-27'),
            row(null, 5, '2026-03-02'),
          ]);
        },
        dividends: () => Promise.resolve([]),
        splits: noSplits,
        treasuryYields: noCurves,
      },
      silentLog,
    );
    const prices = new Map([
      ['AAPL', 200],
      ['MSFT', 400],
      ['QQQ', 450],
      ['SPY', 500],
    ]);
    const { liquidity } = await knowledge(['AAPL', 'IBM', 'MSFT', 'QQQ', 'SPY'], DATE, prices);
    expect(liquidity).toEqual({
      AAPL: { openInterest: 550, volume: 30 },
      QQQ: { openInterest: 90, volume: null },
      SPY: { openInterest: null, volume: null },
    });
    expect(asked[0]).toEqual({
      underlying: 'AAPL',
      expiryFrom: '2026-03-09',
      expiryTo: '2026-03-23',
      strikeFrom: 190,
      strikeTo: 210,
    });
  });
});
