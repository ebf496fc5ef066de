import { toTradingError } from '@trading-agent/core';
import { isOptionSymbol, type OptionSymbol, type Ticker } from '@trading-agent/instruments';
import type { MarketFeed } from '@trading-agent/market-data';
import type { AgentLog } from '../log.ts';
import type { Supervision } from './supervision.ts';

const CONDITION = 'the option quotes to be subscribed';
/** Quotes of stocks that can't be had after so many tries are done without: each may hold up a step. */
const STOCK_TRIES = 3;

export interface QuoteSubscriptionsOptions {
  readonly feed: Pick<MarketFeed, 'selectQuotes' | 'selectStockQuotes'>;
  /** True when a subscription that fails may be tried again at a later step; a simulated market keeps step and can't. */
  readonly mayRetry: boolean;
  readonly supervision: Supervision;
  readonly log: AgentLog;
}

/** The quotes that the engine wants of each underlying: of its options, and of itself. */
export type WantedQuotes = ReadonlyMap<string, readonly Ticker[]>;

/**
 * Subscribes what the engine asks for. A feed that is away just then is asked again, and until it has the option quotes there is no new risk. Those of
 * stocks make the sale of shares better and are not waited for: a plan may not have them.
 */
export class QuoteSubscriptions {
  readonly #options: QuoteSubscriptionsOptions;
  readonly #wanted = new Map<string, readonly Ticker[]>();
  #isBehind = false;
  #stocks: readonly Ticker[] = [];
  #stockTries = 0;

  constructor(options: QuoteSubscriptionsOptions) {
    this.#options = options;
  }

  /** From now on these, of each underlying that is named. Throws as `settle` does. */
  async select(wanted: WantedQuotes): Promise<void> {
    for (const [underlying, symbols] of wanted) {
      this.#wanted.set(underlying, symbols);
      this.#isBehind = true;
    }
    const stocks = [...this.#wanted.values()].flat().filter((symbol) => !isOptionSymbol(symbol));
    if (stocks.join() !== this.#stocks.join()) {
      this.#stocks = stocks;
      this.#stockTries = STOCK_TRIES;
    }
    await this.settle();
  }

  /** Asks for what has not been acknowledged yet, if anything. @throws {TradingError} what the feed throws, unless the same call may succeed later. */
  async settle(): Promise<void> {
    if (this.#isBehind) await this.#settleOptions();
    if (this.#stockTries > 0) await this.#settleStocks();
  }

  async #settleOptions(): Promise<void> {
    const { feed, mayRetry, supervision, log } = this.#options;
    const symbols = [...this.#wanted.values()]
      .flat()
      .filter((symbol): symbol is OptionSymbol => isOptionSymbol(symbol));
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

  async #settleStocks(): Promise<void> {
    const { feed, mayRetry, log } = this.#options;
    this.#stockTries -= 1;
    try {
      await feed.selectStockQuotes(this.#stocks);
      this.#stockTries = 0;
    } catch (thrown) {
      const error = toTradingError(thrown);
      // A simulated market keeps step: what fails there is a fault of the connection.
      if (!mayRetry) throw error;
      if (!error.retryable) this.#stockTries = 0;
      const { code } = error;
      log.warn({ stocks: this.#stocks, code }, `No quotes of stocks, their sale is priced by bars: ${error.message}`);
    }
  }
}
