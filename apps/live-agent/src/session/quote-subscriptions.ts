import { toTradingError } from '@trading-agent/core';
import type { OptionSymbol } from '@trading-agent/instruments';
import type { MarketFeed } from '@trading-agent/market-data';
import type { AgentLog } from '../log.ts';
import type { Supervision } from './supervision.ts';

const CONDITION = 'the option quotes to be subscribed';

export interface QuoteSubscriptionsOptions {
  readonly feed: Pick<MarketFeed, 'subscribeQuotes'>;
  /** True when a subscription that fails may be tried again at a later step; a simulated market keeps step and can't. */
  readonly mayRetry: boolean;
  readonly supervision: Supervision;
  readonly log: AgentLog;
}

/** Subscribes what the engine asked for once. A feed that is away just then is asked again, and until then there is no new risk. */
export class QuoteSubscriptions {
  readonly #options: QuoteSubscriptionsOptions;
  readonly #missing = new Set<OptionSymbol>();

  constructor(options: QuoteSubscriptionsOptions) {
    this.#options = options;
  }

  /** @throws {TradingError} what the feed throws, unless the same call may succeed later. */
  async add(symbols: readonly OptionSymbol[]): Promise<void> {
    for (const symbol of symbols) this.#missing.add(symbol);
    if (this.#missing.size === 0) return;
    const { feed, mayRetry, supervision, log } = this.#options;
    try {
      await feed.subscribeQuotes([...this.#missing]);
      this.#missing.clear();
      supervision.end(CONDITION);
    } catch (thrown) {
      const error = toTradingError(thrown);
      if (!mayRetry || !error.retryable) throw error;
      supervision.begin(CONDITION);
      log.warn(
        { contracts: this.#missing.size, code: error.code },
        `Option quotes are not subscribed: ${error.message}`,
      );
    }
  }
}
