import { TradingError } from '@trading-agent/core';
import { A_CALL, A_HIGHER_CALL, AN_INSTANT } from '@trading-agent/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../testing/silent-log.ts';
import { QuoteSubscriptions } from './quote-subscriptions.ts';
import { Supervision } from './supervision.ts';

let asked: (readonly string[])[];
let answers: TradingError[];
let supervision: Supervision;
beforeEach(() => {
  asked = [];
  answers = [];
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
});
