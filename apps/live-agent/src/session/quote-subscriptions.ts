import { toTradingError } from '@trading-agent/core';
import type { OptionSymbol } from '@trading-agent/instruments';
import type { MarketFeed } from '@trading-agent/market-data';
import type { AgentLog } from '../log.ts';
import type { Supervision } from './supervision.ts';

const CONDITION = 'the option quotes to be subscribed';

export interface QuoteSubscriptionsOptions {
  readonly feed: Pick<MarketFeed, 'selectQuotes'>;
  /** True when a subscription that fails may be tried again at a later step; a simulated market keeps step and can't. */
  readonly mayRetry: boolean;
  readonly supervision: Supervision;
  readonly log: AgentLog;
}

/** The option quotes that the engine wants of each underlying. */
export type WantedQuotes = ReadonlyMap<string, readonly OptionSymbol[]>;

/** Subscribes what the engine asks for. A feed that is away just then is asked again, and until then there is no new risk. */
export class QuoteSubscriptions {
  readonly #options: QuoteSubscriptionsOptions;
  readonly #wanted = new Map<string, readonly OptionSymbol[]>();
  #isBehind = false;

  constructor(options: QuoteSubscriptionsOptions) {
    this.#options = options;
  }

  /** From now on these, of each underlying that is named. Throws as `settle` does. */
  async select(wanted: WantedQuotes): Promise<void> {
    for (const [underlying, symbols] of wanted) {
      this.#wanted.set(underlying, symbols);
      this.#isBehind = true;
    }
    await this.settle();
  }

  /** Asks for what has not been acknowledged yet, if anything. @throws {TradingError} what the feed throws, unless the same call may succeed later. */
  async settle(): Promise<void> {
    if (!this.#isBehind) return;
    const { feed, mayRetry, supervision, log } = this.#options;
    const symbols = [...this.#wanted.values()].flat();
    try {
      await feed.selectQuotes(symbols);
      this.#isBehind = false;
      supervision.end(CONDITION);
    } catch (thrown) {
      const error = toTradingError(thrown);
      if (!mayRetry || !error.retryable) throw error;
      supervision.begin(CONDITION);
      log.warn({ contracts: symbols.length, code: error.code }, `Option quotes are not subscribed: ${error.message}`);
    }
  }
}
