import { MICROS_PER_MILLI, type Micros } from '@trading-agent/core';
import type { Bar, Quote, Trade } from '@trading-agent/instruments';
import type { MarketStep } from '@trading-agent/market-data';
import type { DayIndex } from '../market/day-index.ts';

/** Options or stocks: the two clusters, each its own socket path and its own connection. */
export type Cluster = 'options' | 'stocks';

/** One event as it goes over the wire, with what it is subscribed by. */
export interface StreamEvent {
  readonly topic: 'Q' | 'T' | 'AM';
  /** Ticker as the vendor writes it: options with `O:`. */
  readonly ticker: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The step's events of one cluster: quotes, trades, then minute bars, each in the order the step has them. */
export function* streamEvents(
  cluster: Cluster,
  step: MarketStep,
  number: number,
  index: DayIndex,
): Generator<StreamEvent> {
  const base = index.sequenceBase(number);
  const here = (symbol: string): boolean => index.contracts.has(symbol) === (cluster === 'options');
  const tickerOf = (symbol: string): string => (cluster === 'options' ? `O:${symbol}` : symbol);
  for (const [position, quote] of step.quotes.entries()) {
    if (!here(quote.symbol)) continue;
    const ticker = tickerOf(quote.symbol);
    yield { topic: 'Q', ticker, body: quoteBody(quote, ticker, base + position) };
  }
  for (const [position, trade] of step.trades.entries()) {
    if (!here(trade.symbol)) continue;
    const ticker = tickerOf(trade.symbol);
    yield { topic: 'T', ticker, body: tradeBody(trade, ticker, base + step.quotes.length + position) };
  }
  for (const bar of step.bars) {
    if (!here(bar.symbol)) continue;
    const ticker = tickerOf(bar.symbol);
    yield { topic: 'AM', ticker, body: barBody(bar, ticker, index) };
  }
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

/** VWAP and trade counts are not known from a minute bar and are left out. */
function barBody(bar: Bar, sym: string, index: DayIndex): Record<string, unknown> {
  const day = index.dayBar(bar);
  return {
    ev: 'AM',
    sym,
    v: bar.volume,
    ...(day && { av: day.dayVolume, op: day.dayOpen }),
    o: bar.open,
    c: bar.close,
    h: bar.high,
    l: bar.low,
    s: millis(bar.start),
    e: millis(bar.end),
  };
}

function millis(at: Micros): number {
  return Math.floor(at / MICROS_PER_MILLI);
}
