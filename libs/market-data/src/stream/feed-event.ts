import type { Micros } from '@trading-agent/core';
import type { Bar, Quote, Ticker, Trade } from '@trading-agent/instruments';
import { filter, type Observable } from 'rxjs';
import type { FeedGap } from './gap.ts';

/** Which stream an event came from: counted separately by a lockstep market. */
export type FeedChannel = 'options' | 'stocks' | 'indices';

/** The value of an index (`I:SPX`) at an instant, in points. */
export interface IndexValue {
  readonly symbol: Ticker;
  readonly at: Micros;
  readonly value: number;
}

/** The vendor's estimate of what an instrument is worth, dollars per share; not a price at which anybody trades. */
export interface FairValue {
  readonly symbol: Ticker;
  readonly at: Micros;
  readonly value: number;
}

/** The limit-up limit-down band of a stock: no trade above `high` or below `low`, dollars per share. */
export interface LimitBand {
  readonly symbol: Ticker;
  readonly at: Micros;
  readonly high: number;
  readonly low: number;
  /** The vendor's indicator numbers; empty when it gave none. */
  readonly indicators: readonly number[];
}

export type FeedEvent =
  | { readonly kind: 'quote'; readonly quote: Quote }
  /** Bars of seconds and of minutes: their window tells which. */
  | { readonly kind: 'bar'; readonly bar: Bar }
  | { readonly kind: 'trade'; readonly trade: Trade }
  | { readonly kind: 'index-value'; readonly value: IndexValue }
  | { readonly kind: 'fair-value'; readonly value: FairValue }
  | { readonly kind: 'limit-band'; readonly band: LimitBand }
  | { readonly kind: 'gap'; readonly gap: FeedGap };

export type FeedEventKind = FeedEvent['kind'];

/** The events of one kind, typed as that kind. For quotes by the hundred thousand read `events` itself: a filter costs as much as a book. */
export function eventsOf<Kind extends FeedEventKind>(
  events: Observable<FeedEvent>,
  kind: Kind,
): Observable<Extract<FeedEvent, { readonly kind: Kind }>> {
  return events.pipe(filter((event): event is Extract<FeedEvent, { readonly kind: Kind }> => event.kind === kind));
}
