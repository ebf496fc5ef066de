import { type RiskApproved, approve } from '@trading-agent/broker';
import { type MarketDate, type Micros, marketDate, micros, microsFromRfc3339 } from '@trading-agent/core';
import {
  type Bar,
  type ContractTerms,
  type OptionContract,
  type OptionSymbol,
  type Order,
  type Quote,
  compareContracts,
  optionContract,
  optionSymbol,
} from '@trading-agent/instruments';
import type { Dividend, MarketDay, MarketStep } from '@trading-agent/market-data';

// Each builder gives a valid object of the GOOG half day 2015-12-24; a test names only what it is about.

export const A_DATE: MarketDate = marketDate('2015-12-24');
/** 10:00 in New York on `A_DATE`. */
export const AN_INSTANT: Micros = microsFromRfc3339('2015-12-24T15:00:00Z');
export const A_CALL: OptionSymbol = optionSymbol('GOOG160115C00750000');
/** Same expiry, next strike up: with `A_CALL` a vertical. */
export const A_HIGHER_CALL: OptionSymbol = optionSymbol('GOOG160115C00755000');

/** An instant `seconds` after `AN_INSTANT`. */
export function after(seconds: number): Micros {
  return micros(AN_INSTANT + Math.round(seconds * 1_000_000));
}

export function aContract(symbol: string = A_CALL, terms: ContractTerms = {}): OptionContract {
  return optionContract(symbol, terms);
}

/** 12.30 x 10 / 12.50 x 10. */
export function aQuote(over: Partial<Quote> = {}): Quote {
  return { symbol: A_CALL, at: AN_INSTANT, bid: 12.3, bidSize: 10, ask: 12.5, askSize: 10, ...over };
}

/** One minute of GOOG. */
export function aBar(over: Partial<Bar> = {}): Bar {
  const end = over.end ?? AN_INSTANT;
  return {
    symbol: 'GOOG',
    start: micros(end - 60_000_000),
    end,
    open: 749.5,
    high: 750.25,
    low: 749.25,
    close: 750,
    volume: 1_200,
    ...over,
  };
}

/** One call bought to open at 12.50 or better. */
export function anOrder(over: Partial<Order> = {}): Order {
  return {
    clientOrderId: 'order-1',
    underlying: 'GOOG',
    legs: [{ symbol: A_CALL, ratio: 1, intent: 'buy_to_open' }],
    quantity: 1,
    type: 'limit',
    limit: 12.5,
    timeInForce: 'day',
    ...over,
  };
}

/** The call vertical 750/755 bought to open at 3.00 net or better. */
export function aVertical(over: Partial<Order> = {}): Order {
  return anOrder({
    clientOrderId: 'vertical-1',
    legs: [
      { symbol: A_CALL, ratio: 1, intent: 'buy_to_open' },
      { symbol: A_HIGHER_CALL, ratio: 1, intent: 'sell_to_open' },
    ],
    limit: 3,
    ...over,
  });
}

/** The order with evidence of one passed rule, as the broker port demands. */
export function approved(order: Order): RiskApproved {
  return approve(order, [{ rule: 'test', passed: true, actual: 0, limit: 1, unit: 'count' }]);
}

export function aStep(over: Partial<MarketStep> = {}): MarketStep {
  return { at: AN_INSTANT, quotes: [], bars: [], trades: [], ...over };
}

/** A day whose contracts are all that its steps quote, unless named. */
export function aMarketDay(over: Partial<MarketDay> = {}): MarketDay {
  const steps = over.steps ?? [aStep({ quotes: [aQuote()], bars: [aBar()] })];
  const underlyings = over.underlyings ?? ['GOOG'];
  const quoted = new Set(steps.flatMap((step) => step.quotes.map((quote) => quote.symbol)));
  const contracts = [...quoted]
    .filter((symbol) => !underlyings.includes(symbol))
    .map((symbol) => optionContract(symbol))
    .toSorted(compareContracts);
  return { date: A_DATE, underlyings, contracts, steps, history: [], quarantined: [], quarantinedTotal: 0, ...over };
}

/** A regular quarterly dividend of AAPL, in dollars per share. */
export function aDividend(exDate: string, amount: number, over: Partial<Dividend> = {}): Dividend {
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
