import type { Cluster, StreamEvent } from './stream-events.ts';

/** Quotes of at most this many option contracts per connection, and none by wildcard. */
export const MOST_OPTION_QUOTES = 1_000;

const TOPICS: Readonly<Record<Cluster, ReadonlySet<string>>> = {
  options: new Set(['T', 'Q', 'A', 'AM']),
  stocks: new Set(['T', 'Q', 'A', 'AM', 'LULD']),
};

export type SubscribeOutcome = 'done' | 'unknown-topic' | 'no-wildcard' | 'too-many-quotes';

/** What one connection has asked for: `T.O:...`, `AM.*`. Unknown tickers are taken as they come, as the vendor does. */
export class Subscriptions {
  readonly #cluster: Cluster;
  readonly #byTopic = new Map<string, Set<string>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  add(parameter: string): SubscribeOutcome {
    const { topic, ticker } = split(parameter);
    if (!TOPICS[this.#cluster].has(topic) || ticker === '') return 'unknown-topic';
    const tickers = this.#byTopic.get(topic) ?? new Set<string>();
    if (this.#cluster === 'options' && topic === 'Q') {
      if (ticker === '*') return 'no-wildcard';
      if (!tickers.has(ticker) && tickers.size >= MOST_OPTION_QUOTES) return 'too-many-quotes';
    }
    tickers.add(ticker);
    this.#byTopic.set(topic, tickers);
    return 'done';
  }

  remove(parameter: string): SubscribeOutcome {
    const { topic, ticker } = split(parameter);
    if (!TOPICS[this.#cluster].has(topic) || ticker === '') return 'unknown-topic';
    this.#byTopic.get(topic)?.delete(ticker);
    return 'done';
  }

  wants(event: StreamEvent): boolean {
    const tickers = this.#byTopic.get(event.topic);
    return tickers !== undefined && (tickers.has(event.ticker) || tickers.has('*'));
  }
}

function split(parameter: string): { readonly topic: string; readonly ticker: string } {
  const dot = parameter.indexOf('.');
  return dot < 0
    ? { topic: parameter, ticker: '' }
    : { topic: parameter.slice(0, dot), ticker: parameter.slice(dot + 1) };
}
