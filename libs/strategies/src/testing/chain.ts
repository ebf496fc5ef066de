import { MICROS_PER_MINUTE } from '@trading-agent/core';
import { OptionChain, type OptionContract, optionContract, type Quote } from '@trading-agent/instruments';
import type { UnderlyingPricer } from '@trading-agent/pricing';
import { A_DATE, AN_INSTANT } from '@trading-agent/testkit';
import { ChainView } from '../chain-view.ts';

/**
 * Options on a stock at 100.00, 22 days before expiry, as a volatility of 30% prices them (Black-Scholes without interest, in Python), five
 * cents (two below 0.50) to both sides. The deltas are those of the same calculation.
 */
// prettier-ignore
const ROWS: readonly (readonly [strike: number, callBid: number, callAsk: number, callDelta: number, putBid: number, putAsk: number, putDelta: number])[] = [
  [90, 10.19, 10.29, 0.9289, 0.22, 0.26, -0.0711],
  [91, 9.28, 9.38, 0.9061, 0.31, 0.35, -0.0939],
  [92, 8.40, 8.50, 0.8788, 0.43, 0.47, -0.1212],
  [93, 7.56, 7.66, 0.8466, 0.56, 0.66, -0.1534],
  [94, 6.75, 6.85, 0.8097, 0.75, 0.85, -0.1903],
  [95, 5.98, 6.08, 0.7683, 0.98, 1.08, -0.2317],
  [96, 5.26, 5.36, 0.7228, 1.26, 1.36, -0.2772],
  [97, 4.59, 4.69, 0.6738, 1.59, 1.69, -0.3262],
  [98, 3.97, 4.07, 0.6221, 1.97, 2.07, -0.3779],
  [99, 3.40, 3.50, 0.5688, 2.40, 2.50, -0.4312],
  [100, 2.89, 2.99, 0.5147, 2.89, 2.99, -0.4853],
  [101, 2.43, 2.53, 0.4609, 3.43, 3.53, -0.5391],
  [102, 2.02, 2.12, 0.4083, 4.02, 4.12, -0.5917],
  [103, 1.67, 1.77, 0.3577, 4.67, 4.77, -0.6423],
  [104, 1.36, 1.46, 0.3101, 5.36, 5.46, -0.6899],
  [105, 1.10, 1.20, 0.2658, 6.10, 6.20, -0.7342],
  [106, 0.88, 0.98, 0.2253, 6.88, 6.98, -0.7747],
  [107, 0.69, 0.79, 0.1889, 7.69, 7.79, -0.8111],
  [108, 0.53, 0.63, 0.1567, 8.53, 8.63, -0.8433],
  [109, 0.44, 0.48, 0.1286, 9.41, 9.51, -0.8714],
  [110, 0.34, 0.38, 0.1043, 10.31, 10.41, -0.8957],
];

/** Symbol of the option on that strike. */
export function optionAt(strike: number, right: 'C' | 'P', expiry = '160115'): OptionContract {
  return optionContract(`TWX${expiry}${right}${String(strike * 1000).padStart(8, '0')}`);
}

export const CONTRACTS: readonly OptionContract[] = ROWS.flatMap(([strike]) => [
  optionAt(strike, 'C'),
  optionAt(strike, 'P'),
]);

export const DELTAS: ReadonlyMap<string, number> = new Map(
  ROWS.flatMap(([strike, , , call, , , put]) => [
    [optionAt(strike, 'C').symbol, call],
    [optionAt(strike, 'P').symbol, put],
  ]),
);

/** A quote each, with sizes that don't matter here. */
export const QUOTES: readonly Quote[] = ROWS.flatMap(([strike, callBid, callAsk, , putBid, putAsk]) => [
  { symbol: optionAt(strike, 'C').symbol, at: AN_INSTANT, bid: callBid, bidSize: 10, ask: callAsk, askSize: 10 },
  { symbol: optionAt(strike, 'P').symbol, at: AN_INSTANT, bid: putBid, bidSize: 10, ask: putAsk, askSize: 10 },
]);

/** The chain as it stands at 10:00 on 2015-12-24, with what a test changes about it. */
export function aChainView(
  over: {
    readonly spot?: number;
    readonly contracts?: readonly OptionContract[];
    readonly quotes?: readonly Quote[];
    readonly shares?: number;
    readonly pricer?: UnderlyingPricer;
  } = {},
): ChainView {
  const quotes = new Map((over.quotes ?? QUOTES).map((quote) => [quote.symbol, quote]));
  return new ChainView({
    at: AN_INSTANT,
    date: A_DATE,
    underlying: 'TWX',
    spot: over.spot ?? 100,
    chain: new OptionChain('TWX', over.contracts ?? CONTRACTS),
    quote: (symbol) => quotes.get(symbol),
    maxQuoteAge: 2 * MICROS_PER_MINUTE,
    shares: over.shares ?? 100,
    ...(over.pricer === undefined ? {} : { pricer: over.pricer }),
  });
}

/** The quotes with some of them changed; `null` takes one away. */
export function quotesWith(changes: Readonly<Record<string, Partial<Quote> | null>>): Quote[] {
  return QUOTES.flatMap((quote) => {
    const change = changes[quote.symbol];
    return change === null ? [] : [{ ...quote, ...change }];
  });
}
