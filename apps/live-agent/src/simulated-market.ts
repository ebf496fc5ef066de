import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deriveUuid, type MarketDate, systemClock } from '@trading-agent/core';
import { recordedKnowledge, syntheticKnowledge } from '@trading-agent/backtest';
import type { StrategyBook } from '@trading-agent/config';
import type { AccountLock, Store } from '@trading-agent/store';
import { abandonSessions } from './abandon.ts';
import { type MarketEndpoints, simulatorEndpoints } from './connections.ts';
import type { AgentLog } from './log.ts';
import { startMarketProcess } from './market-process.ts';
import type { SessionKnowledge } from './session/session-knowledge.ts';

export interface SimulatedMarketOptions {
  readonly source:
    | { readonly kind: 'replay'; readonly dataDir: string }
    | { readonly kind: 'sim'; readonly market?: 'synthetic' | 'placebo' | 'planted' };
  readonly date: MarketDate;
  /** Sorted. */
  readonly symbols: readonly string[];
  /** Dollars. */
  readonly balance: number;
  readonly seed: number;
  /** Simulated seconds per second, or `max`. */
  readonly speed: string;
  readonly resume: boolean;
  /** Their reach is how far ahead it matters what is due. */
  readonly strategies: StrategyBook;
  /** Where the market keeps what it must know after a kill. */
  readonly dataDir: string;
  readonly store: Store;
  readonly log: AgentLog;
}

export interface SimulatedMarket {
  readonly account: string;
  /** Of its process. */
  readonly pid: number | undefined;
  readonly endpoints: MarketEndpoints;
  /** What the market has made known before a day. */
  readonly knowledge: SessionKnowledge;
  readonly lock: AccountLock;
  /** Rejects when the market ends although nobody asked it to; never resolves. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/** The market runs as a program of its own; live-agent knows where it stands, not what it is made of. */
export const MARKET_SIM = fileURLToPath(new URL('../../market-sim/src/main.ts', import.meta.url));

/**
 * Starts a simulated market in a process of its own and holds its account. The same market is the same account: two at once would be two agents
 * on one account.
 * @throws {TradingError} `ACCOUNT_LOCKED`, and the market's own errors (missing data, wrong date, unknown symbol).
 */
export async function openSimulatedMarket(options: SimulatedMarketOptions): Promise<SimulatedMarket> {
  const { source, date, symbols, balance, seed, store } = options;
  // Whole, so that another working folder is not another market, nor the same one with other data.
  const dataDir = source.kind === 'replay' ? resolve(source.dataDir) : '';
  const made = source.kind === 'sim' ? (source.market ?? 'synthetic') : 'synthetic';
  const kind = made === 'synthetic' ? source.kind : made;
  const account = `SIM-${deriveUuid(kind, dataDir, date, symbols.join(','), balance, seed).slice(0, 8)}`;
  const lock = await store.lockAccount(account, `agent, pid ${process.pid}`);
  try {
    if (!options.resume) await abandonSessions(store, account, systemClock.now());
    // One flag a line.
    const args = [
      `--market=${source.kind === 'replay' ? 'replay' : 'synthetic'}`,
      ...(source.kind === 'replay' ? [`--data=${dataDir}`] : [`--sim-kind=${made}`]),
      `--date=${date}`,
      `--symbols=${symbols.join(',')}`,
      `--balance=${balance}`,
      `--seed=${seed}`,
      `--speed=${options.speed}`,
      '--port=0',
      `--account=${account}`,
      `--state=${options.dataDir}/market-sim/${account}`,
      ...(options.resume ? ['--resume'] : []),
    ];
    const market = await startMarketProcess(MARKET_SIM, args, options.log);
    const close = async (): Promise<void> => {
      await market.stop();
      await lock.release();
    };
    const { pid, failed } = market;
    const endpoints = simulatorEndpoints(market.url, market.wsUrl);
    const knowledge =
      source.kind === 'replay'
        ? recordedKnowledge(dataDir, options.strategies)
        : syntheticKnowledge({ seed, kind: made }, options.strategies);
    return { account, pid, endpoints, knowledge, lock, failed, close };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
