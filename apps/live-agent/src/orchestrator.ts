import { systemClock, type MarketDate, TradingError, usd } from '@trading-agent/core';
import { tierFor } from '@trading-agent/account-tiers';
import { latestSession, nyDate } from '@trading-agent/calendar';
import { loadSettings, type Settings } from '@trading-agent/config';
import { createLogger } from '@trading-agent/observability';
import { type SessionPerformance, sessionPerformance } from '@trading-agent/statistics';
import { openStore, type Store } from '@trading-agent/store';
import { configuredEndpoints, type MarketEndpoints } from './connections.ts';
import type { AgentLog } from './log.ts';
import { runAgent } from './run-agent.ts';
import { openSimulatedMarket, type SimulatedMarket, type SimulatedMarketOptions } from './simulated-market.ts';
import type { DayProgress, TradingDayResult } from './trading-day.ts';

export interface TradingOrchestratorOptions {
  /** Dollars; decides the tier and with it symbols, sizes and limits. */
  readonly accountBalance: number;
  /** `sim` (default): a synthetic market; `replay`: recorded days; `vendor`: Polygon/Massive and Alpaca by the configured keys. */
  readonly market?: SimulatedMarketOptions['source'] | { readonly kind: 'vendor' };
  /** Default: the tier's. */
  readonly symbols?: readonly string[];
  /** Default: the latest session. */
  readonly date?: MarketDate;
  /** Default: 7. */
  readonly seed?: number;
  /** Simulated seconds per second, or `max` (default). */
  readonly speed?: string;
  /** Take up the unfinished session of this account. Default: only with a real market. */
  readonly resume?: boolean;
  /** Default: from the environment and `./config`. */
  readonly settings?: Settings;
  readonly log?: AgentLog;
  readonly onStep?: (progress: DayProgress) => void;
}

/** The agent as a library: trades one session of an account, and tells how it did. */
export class TradingOrchestrator {
  readonly #options: TradingOrchestratorOptions;
  readonly #settings: Settings;
  readonly #log: AgentLog;
  #trading: { readonly done: Promise<TradingDayResult>; readonly interrupt: AbortController } | null = null;
  #performance: SessionPerformance | null = null;

  /** @throws {TradingError} `CONFIG_INVALID`, `CONFIG_FILE_BROKEN`. */
  constructor(options: TradingOrchestratorOptions) {
    this.#options = options;
    this.#settings =
      options.settings ??
      loadSettings({ env: process.env, cwd: process.cwd(), overrides: { 'account.balance': options.accountBalance } });
    this.#log = options.log ?? createLogger({ level: this.#settings.logging.level, name: 'orchestrator' });
  }

  /**
   * Trades the session to its close.
   * @throws {TradingError} `USAGE` while a session is being traded already; otherwise see `runAgent` and `openSimulatedMarket`.
   */
  async startTrading(): Promise<TradingDayResult> {
    if (this.#trading !== null)
      throw new TradingError('USAGE', 'This orchestrator is trading already', {
        hint: 'Await startTrading(), or call stop() first.',
      });
    const interrupt = new AbortController();
    const done = this.#trade(interrupt.signal);
    this.#trading = { done, interrupt };
    try {
      return await done;
    } finally {
      this.#trading = null;
    }
  }

  /** Ends after the step under way; the session can be resumed. */
  async stop(): Promise<void> {
    this.#trading?.interrupt.abort();
    await this.#trading?.done.catch(() => undefined);
  }

  /**
   * The figures of the session traded last.
   * @throws {TradingError} `USAGE` before a session has ended.
   */
  getPerformanceStats(): SessionPerformance {
    if (this.#performance === null)
      throw new TradingError('USAGE', 'No session has been traded yet', { hint: 'Await startTrading() first.' });
    return this.#performance;
  }

  async #trade(signal: AbortSignal): Promise<TradingDayResult> {
    const { store: where } = this.#settings;
    const store = await openStore({
      dataDir: where.dataDir,
      logger: this.#log,
      ...(where.databaseUrl === undefined ? {} : { databaseUrl: where.databaseUrl.reveal() }),
    });
    try {
      const market = await this.#openMarket(store);
      try {
        const result = await this.#run(store, market, signal);
        this.#performance = await performanceOf(store, result.sessionId);
        return result;
      } finally {
        if ('close' in market) await market.close();
      }
    } finally {
      await store.close();
    }
  }

  #run(
    store: Store,
    market: SimulatedMarket | { readonly endpoints: MarketEndpoints },
    signal: AbortSignal,
  ): Promise<TradingDayResult> {
    const { onStep, seed = 7, resume } = this.#options;
    const kind = this.#options.market?.kind ?? 'sim';
    return runAgent({
      settings: this.#settings,
      store,
      market: market.endpoints,
      ...('lock' in market ? { lock: market.lock, failed: market.failed, knowledge: market.knowledge } : {}),
      underlyings: this.#symbols(),
      mode: kind === 'vendor' ? this.#settings.account.mode : kind,
      seed,
      resume: resume ?? kind === 'vendor',
      exitAtClose: true,
      log: this.#log,
      ...(onStep === undefined ? {} : { onStep }),
      signal,
    });
  }

  async #openMarket(store: Store): Promise<SimulatedMarket | { readonly endpoints: MarketEndpoints }> {
    const { market = { kind: 'sim' }, date, seed = 7, speed = 'max', resume = false, accountBalance } = this.#options;
    if (market.kind === 'vendor') return { endpoints: configuredEndpoints(this.#settings) };
    const symbols = this.#symbols();
    return openSimulatedMarket({
      source: market,
      date: date ?? latestSession(nyDate(systemClock.now())),
      symbols,
      balance: accountBalance,
      seed,
      speed,
      resume,
      store,
      log: this.#log,
      strategies: { ...this.#settings.strategies, ...this.#settings.ownStrategies },
      dataDir: this.#settings.store.dataDir,
    });
  }

  #symbols(): readonly string[] {
    const { account, tiers, symbols } = this.#settings;
    const wanted =
      this.#options.symbols ?? tierFor(usd(this.#options.accountBalance), tiers, account.riskTolerance).symbols;
    return wanted.filter((symbol) => !symbols.exclude.includes(symbol)).toSorted();
  }
}

async function performanceOf(store: Store, sessionId: string): Promise<SessionPerformance> {
  const { equity, realized } = await store.statistics(sessionId);
  // An opening fill realises nothing; one that closed something nearly always does.
  return sessionPerformance(
    equity,
    realized.map((fill) => ({ ...fill, closes: fill.realized !== 0 })),
  );
}
