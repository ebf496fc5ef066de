import { MICROS_PER_MILLI, type Micros } from '@trading-agent/core';
import type { Bar, Quote, Trade } from '@trading-agent/instruments';
import type { MarketStep } from '@trading-agent/market-data';
import { jsonNanos } from '../http/json.ts';
import type { DayBar, DayIndex } from '../market/day-index.ts';
import { secondBars } from './second-bars.ts';

/** The clusters, each its own socket path and its own connection. */
export const CLUSTERS = ['options', 'stocks', 'indices'] as const;
export type Cluster = (typeof CLUSTERS)[number];

export type Topic = 'Q' | 'T' | 'A' | 'AM' | 'FMV' | 'LULD' | 'V';

/** One event as it goes over the wire, with what it is subscribed by. */
export interface StreamEvent {
  readonly topic: Topic;
  /** Ticker as the vendor writes it: options with `O:`. */
  readonly ticker: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How far a limit-up limit-down band reaches from the reference price: tier 1, above three dollars (Limit Up-Limit Down Plan, appendix A). */
const BAND = 0.05;
/** The vendor's tape number of Nasdaq-listed stocks. */
const TAPE = 3;

/**
 * The step's events of one cluster that `wants` asks for, each group in the order the step has them: quotes with the fair values that follow
 * from them, trades, then bars of seconds (from the trades) and of minutes, with the bands of stocks and the values of indices.
 */
export function* streamEvents(
  cluster: Cluster,
  step: MarketStep,
  number: number,
  index: DayIndex,
  wants: (topic: Topic, ticker: string) => boolean,
): Generator<StreamEvent> {
  const base = index.sequenceBase(number);
  const here = ({ symbol }: { readonly symbol: string }): boolean => clusterOf(symbol, index) === cluster;
  const tickerOf = (symbol: string): string => (cluster === 'options' ? `O:${symbol}` : symbol);
  for (const [position, quote] of step.quotes.entries()) {
    if (!here(quote)) continue;
    const ticker = tickerOf(quote.symbol);
    if (wants('Q', ticker)) yield { topic: 'Q', ticker, body: quoteBody(quote, ticker, base + position) };
    const { bid, ask } = quote;
    if (bid !== null && ask !== null && wants('FMV', ticker))
      yield { topic: 'FMV', ticker, body: { ev: 'FMV', fmv: middle(bid, ask), sym: ticker, t: jsonNanos(quote.at) } };
  }
  for (const [position, trade] of step.trades.entries()) {
    const ticker = tickerOf(trade.symbol);
    if (!here(trade) || !wants('T', ticker)) continue;
    yield { topic: 'T', ticker, body: tradeBody(trade, ticker, base + step.quotes.length + position) };
  }
  for (const bar of secondBars(step.trades)) {
    const ticker = tickerOf(bar.symbol);
    if (here(bar) && wants('A', ticker)) yield { topic: 'A', ticker, body: barBody('A', bar, ticker) };
  }
  for (const bar of step.bars) {
    if (!here(bar)) continue;
    const ticker = tickerOf(bar.symbol);
    if (wants('AM', ticker)) yield { topic: 'AM', ticker, body: barBody('AM', bar, ticker, index.dayBar(bar)) };
    if (cluster === 'stocks' && wants('LULD', ticker))
      yield { topic: 'LULD', ticker, body: bandBody(bar, ticker, base) };
    if (cluster === 'indices' && wants('V', ticker))
      yield { topic: 'V', ticker, body: { ev: 'V', val: bar.close, T: ticker, t: millis(bar.end) } };
  }
}

function clusterOf(symbol: string, index: DayIndex): Cluster {
  if (symbol.startsWith('I:')) return 'indices';
  return index.contracts.has(symbol) ? 'options' : 'stocks';
}

/** A side that is not quoted is left out with its size. */
function quoteBody(quote: Quote, sym: string, q: number): Record<string, unknown> {
  return {
    ev: 'Q',
    sym,
    ...(quote.bid !== null && { bp: quote.bid, bs: quote.bidSize }),
    ...(quote.ask !== null && { ap: quote.ask, as: quote.askSize }),
    t: millis(quote.at),
    q,
  };
}

function tradeBody(trade: Trade, sym: string, q: number): Record<string, unknown> {
  return { ev: 'T', sym, p: trade.price, s: trade.size, t: millis(trade.at), q };
}

/** VWAP and trade counts are not known from a bar and are left out; indices have no volume. */
function barBody(ev: 'A' | 'AM', bar: Bar, sym: string, day?: DayBar): Record<string, unknown> {
  const isIndex = sym.startsWith('I:');
  return {
    ev,
    sym,
    ...(!isIndex && { v: bar.volume }),
    ...(day && !isIndex && { av: day.dayVolume }),
    ...(day && { op: day.dayOpen }),
    o: bar.open,
    c: bar.close,
    h: bar.high,
    l: bar.low,
    s: millis(bar.start),
    e: millis(bar.end),
  };
}

/** Around the last minute's close; the real reference is the mean of five minutes of trades. */
function bandBody({ close, end }: Bar, ticker: string, q: number): Record<string, unknown> {
  const [high, low] = [cents(close * (1 + BAND)), cents(close * (1 - BAND))];
  return { ev: 'LULD', T: ticker, h: high, l: low, i: [], z: TAPE, t: millis(end), q };
}

function middle(bid: number, ask: number): number {
  return Math.round(((bid + ask) / 2) * 1e6) / 1e6;
}

function cents(price: number): number {
  return Math.round(price * 100) / 100;
}

function millis(at: Micros): number {
  return Math.floor(at / MICROS_PER_MILLI);
}
