import { nyInstant } from '@trading-agent/calendar';
import { type MarketDate, type Micros, TradingError } from '@trading-agent/core';
import type { Quote } from '@trading-agent/instruments';
import type { MarketDay, MarketStep } from '@trading-agent/market-data';

/** A pause in the trading of one underlying, as after a limit-up limit-down event: from here on, up to but not at there; New York times. */
export interface Halt {
  readonly symbol: string;
  readonly from: string;
  readonly until: string;
}

/** A halt of one day. */
export interface HaltSpan {
  readonly symbol: string;
  readonly start: Micros;
  /** Exclusive. */
  readonly end: Micros;
}

/** When `halt` is on `date`. @throws {TradingError} `OUT_OF_RANGE` when it ends before it begins. */
export function haltSpan(date: MarketDate, { symbol, from, until }: Halt): HaltSpan {
  const [start, end] = [nyInstant(date, from), nyInstant(date, until)];
  if (end <= start) throw new TradingError('OUT_OF_RANGE', `The halt of ${symbol} ends at ${until}, before it begins`);
  return { symbol, start, end };
}

/**
 * The day with its halts: while an underlying is halted nothing of it or its options is quoted, traded or printed; its options' quotes are
 * withdrawn when the halt begins and stand again, as they were last made, when it ends. That nothing fills is up to the exchange.
 * @throws {TradingError} `UNKNOWN_SYMBOL` for an underlying that the day has not.
 */
export function withHalts(day: MarketDay, halts: readonly HaltSpan[]): MarketDay {
  return halts.reduce(halted, day);
}

function halted(day: MarketDay, { symbol, start, end }: HaltSpan): MarketDay {
  if (!day.underlyings.includes(symbol))
    throw new TradingError('UNKNOWN_SYMBOL', `The halt is of ${symbol}, which this market does not have`);
  const concerned = new Set<string>([
    symbol,
    ...day.contracts.filter(({ underlying }) => underlying === symbol).map((contract) => contract.symbol),
  ]);
  /** The latest quote of each contract, during the halt as it would have been. */
  const quotes = new Map<string, Quote>();
  let isHalted = false;
  const steps: MarketStep[] = [];
  for (const step of day.steps) {
    const wasHalted = isHalted;
    isHalted = step.at >= start && step.at < end;
    const own = step.quotes.filter((quote) => concerned.has(quote.symbol));
    const foreign = step.quotes.filter((quote) => !concerned.has(quote.symbol));
    const withdrawn = isHalted && !wasHalted ? [...quotes.values()].map((quote) => blank(quote, step.at)) : [];
    for (const quote of own) quotes.set(quote.symbol, quote);
    if (isHalted) {
      steps.push({
        ...step,
        quotes: inOrder([...foreign, ...withdrawn]),
        bars: step.bars.filter((bar) => !concerned.has(bar.symbol)),
        trades: step.trades.filter((trade) => !concerned.has(trade.symbol)),
      });
    } else if (wasHalted) {
      const again = [...quotes.values()].map((quote): Quote => ({ ...quote, at: step.at }));
      steps.push({ ...step, quotes: inOrder([...foreign, ...again]) });
    } else {
      steps.push(step);
    }
  }
  return { ...day, steps };
}

function blank({ symbol }: Quote, at: Micros): Quote {
  return { symbol, at, bid: null, bidSize: 0, ask: null, askSize: 0 };
}

function inOrder(quotes: readonly Quote[]): readonly Quote[] {
  return quotes.toSorted((a, b) => (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0));
}
