import type { Micros } from '@trading-agent/core';
import type { BrokerEvent } from '@trading-agent/broker';
import type { Bar, Quote } from '@trading-agent/instruments';
import { conflate, type FeedGap } from '@trading-agent/market-data';
import type { EngineEvent } from './events.ts';

/** What one market step brought, in the order in which it arrived. */
export interface StepInput {
  readonly at: Micros;
  /** Orders that the broker refused when they were submitted after the step before. */
  readonly rejections: readonly BrokerEvent[];
  readonly brokerEvents: readonly BrokerEvent[];
  readonly quotes: readonly Quote[];
  readonly bars: readonly Bar[];
  /** Holes of the market data that opened or closed; none where data comes from a recording. */
  readonly gaps?: readonly FeedGap[];
}

/**
 * The engine events of one step in the one order that live and backtest share: what the broker said about earlier orders, then the
 * market, then holes in what the market told, then the clock that lets the engine act on all of it.
 */
export function batchOf(input: StepInput): readonly EngineEvent[] {
  const events: EngineEvent[] = [...input.rejections, ...input.brokerEvents].map((event) => ({
    type: 'broker',
    at: input.at,
    event,
  }));
  if (input.quotes.length > 0 || input.bars.length > 0) {
    events.push({
      type: 'market',
      at: input.at,
      quotes: conflate(input.quotes),
      bars: input.bars.toSorted((a, b) => (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : a.start - b.start)),
    });
  }
  for (const gap of input.gaps ?? []) events.push({ type: 'gap', at: input.at, gap });
  events.push({ type: 'clock', at: input.at });
  return events;
}
