import { TradingError } from '@trading-agent/core';
import { A_CALL, A_HIGHER_CALL, AN_INSTANT } from '@trading-agent/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../testing/silent-log.ts';
import { QuoteSubscriptions } from './quote-subscriptions.ts';
import { Supervision } from './supervision.ts';

let asked: (readonly string[])[];
let askedStocks: (readonly string[])[];
let answers: TradingError[];
let stockAnswers: TradingError[];
let supervision: Supervision;
beforeEach(() => {
  asked = [];
  answers = [];
  askedStocks = [];
  stockAnswers = [];
  supervision = new Supervision();
});
const subscriptions = (mayRetry: boolean): QuoteSubscriptions =>
  new QuoteSubscriptions({
    feed: {
      selectQuotes: (symbols) => {
        asked.push(symbols);
        const error = answers.shift();
        return error === undefined ? Promise.resolve() : Promise.reject(error);
      },
      selectStockQuotes: (tickers) => {
        askedStocks.push(tickers);
        const error = stockAnswers.shift();
        return error === undefined ? Promise.resolve() : Promise.reject(error);
      },
    },
    mayRetry,
    supervision,
    log: silentLog,
  });
const isHalted = (): boolean => supervision.take(AN_INSTANT, { halted: null, contradicted: false }).length > 0;

describe('quote subscriptions', () => {
  it('ask once', async () => {
    const quotes = subscriptions(true);
    await quotes.select(new Map([['GOOG', [A_CALL]]]));
    await quotes.settle();
    expect(asked).toEqual([[A_CALL]]);
  });

  it('are of all underlyings together, of each what was wanted last', async () => {
    const quotes = subscriptions(true);
    await quotes.select(new Map([['GOOG', [A_CALL]]]));
    await quotes.select(new Map([['TWX', [A_HIGHER_CALL]]]));
    await quotes.select(new Map([['GOOG', []]]));
    expect(asked).toEqual([[A_CALL], [A_CALL, A_HIGHER_CALL], [A_HIGHER_CALL]]);
  });

  it('are asked for again until the feed is back, without new risk', async () => {
    answers.push(new TradingError('TIMEOUT', 'late'), new TradingError('FEED_UNAVAILABLE', 'away'));
    const quotes = subscriptions(true);
    await quotes.select(new Map([['GOOG', [A_CALL]]]));
    expect(isHalted()).toBe(true);
    await quotes.settle();
    await quotes.settle();
    expect(isHalted()).toBe(false);
    expect(asked).toEqual([[A_CALL], [A_CALL], [A_CALL]]);
  });

  it('what will never succeed ends the day, as does any failure of a market that keeps step', async () => {
    const wanted = new Map([['GOOG', [A_CALL]]]);
    answers.push(new TradingError('OUT_OF_RANGE', 'too many'));
    await expect(subscriptions(true).select(wanted)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    answers.push(new TradingError('TIMEOUT', 'late'));
    await expect(subscriptions(false).select(wanted)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('of stocks are asked for beside those of options, and taken back when the shares are gone', async () => {
    const quotes = subscriptions(true);
    await quotes.select(new Map([['GOOG', [A_CALL, 'GOOG']]]));
    await quotes.select(new Map([['TWX', [A_HIGHER_CALL]]]));
    await quotes.select(new Map([['GOOG', [A_CALL]]]));
    expect(asked.at(-1)).toEqual([A_CALL, A_HIGHER_CALL]);
    expect(askedStocks).toEqual([['GOOG'], []]);
  });

  it('of stocks that a plan has not are done without, at once or after three tries; nothing is halted', async () => {
    const wanted = new Map([['GOOG', [A_CALL, 'GOOG']]]);
    stockAnswers.push(new TradingError('FEED_NOT_ENTITLED', 'not in your plan'));
    const without = subscriptions(true);
    await without.select(wanted);
    await without.settle();
    expect(askedStocks).toHaveLength(1);
    stockAnswers.push(...[1, 2, 3, 4].map(() => new TradingError('TIMEOUT', 'late')));
    const late = subscriptions(true);
    await late.select(wanted);
    for (let step = 0; step < 5; step++) await late.settle();
    expect(askedStocks).toHaveLength(4);
    expect([isHalted(), asked]).toEqual([false, [[A_CALL], [A_CALL]]]);
  });
});
