import type { Cluster, Topic } from './stream-events.ts';

/** Quotes and fair values of at most this many option contracts per connection, and none by wildcard. */
export const MOST_OPTION_QUOTES = 1_000;

const TOPICS: Readonly<Record<Cluster, readonly Topic[]>> = {
  options: ['T', 'Q', 'A', 'AM', 'FMV'],
  stocks: ['T', 'Q', 'A', 'AM', 'LULD', 'FMV'],
  indices: ['V', 'A', 'AM'],
};
/** What a plan without quotes, as every delayed one, has not. */
const NEEDS_QUOTES: readonly string[] = ['Q', 'LULD'];
const CAPPED: readonly string[] = ['Q', 'FMV'];

export type SubscribeOutcome = 'done' | 'unknown-topic' | 'no-wildcard' | 'too-many-quotes';

/** What one connection has asked for: `T.O:...`, `AM.*`. Unknown tickers are taken as they come, as the vendor does. */
export class Subscriptions {
  readonly #cluster: Cluster;
  readonly #topics: ReadonlySet<string>;
  readonly #byTopic = new Map<string, Set<string>>();

  constructor(cluster: Cluster, hasQuotes: boolean) {
    this.#cluster = cluster;
    this.#topics = new Set(TOPICS[cluster].filter((topic) => hasQuotes || !NEEDS_QUOTES.includes(topic)));
  }

  add(parameter: string): SubscribeOutcome {
    const { topic, ticker } = split(parameter);
    if (!this.#topics.has(topic) || ticker === '') return 'unknown-topic';
    const tickers = this.#byTopic.get(topic) ?? new Set<string>();
    if (this.#cluster === 'options' && CAPPED.includes(topic)) {
      if (ticker === '*') return 'no-wildcard';
      if (!tickers.has(ticker) && tickers.size >= MOST_OPTION_QUOTES) return 'too-many-quotes';
    }
    tickers.add(ticker);
    this.#byTopic.set(topic, tickers);
    return 'done';
  }

  remove(parameter: string): SubscribeOutcome {
    const { topic, ticker } = split(parameter);
    if (!this.#topics.has(topic) || ticker === '') return 'unknown-topic';
    this.#byTopic.get(topic)?.delete(ticker);
    return 'done';
  }

  wants(topic: Topic, ticker: string): boolean {
    const tickers = this.#byTopic.get(topic);
    return tickers !== undefined && (tickers.has(ticker) || tickers.has('*'));
  }
}

function split(parameter: string): { readonly topic: string; readonly ticker: string } {
  const dot = parameter.indexOf('.');
  return dot < 0
    ? { topic: parameter, ticker: '' }
    : { topic: parameter.slice(0, dot), ticker: parameter.slice(dot + 1) };
}
