import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deriveUuid, type MarketDate, systemClock, TradingError } from '@trading-agent/core';
import { recordedKnowledge, syntheticKnowledge } from '@trading-agent/backtest';
import type { StrategyBook } from '@trading-agent/config';
import type { RunReport } from '@trading-agent/engine';
import type { AccountLock, Store } from '@trading-agent/store';
import { abandonSessions } from './abandon.ts';
import { type MarketEndpoints, simulatorEndpoints } from './connections.ts';
import type { AgentLog } from './log.ts';
import { startMarketProcess } from './market-process.ts';
import type { SessionKnowledge } from './session/session-knowledge.ts';
import { markBeginning, SimulatedCourse, standingOf } from './sessions/simulated-course.ts';

export interface SimulatedMarketOptions {
  readonly source:
    | { readonly kind: 'replay'; readonly dataDir: string }
    | { readonly kind: 'sim'; readonly market?: 'synthetic' | 'placebo' | 'planted' };
  /** The session, or the first of several. */
  readonly date: MarketDate;
  /** How many sessions it serves one after the other. Default: 1. */
  readonly sessions?: number;
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
  /** How to get to its next session. */
  readonly course: SimulatedCourse;
  /** Of the run's earlier sessions that have come to their end, oldest first: none unless it is resumed. */
  readonly earlier: readonly RunReport[];
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
 * @throws {TradingError} `ACCOUNT_LOCKED`, `NOTHING_TO_RESUME`, and the market's own errors (missing data, wrong date, unknown symbol).
 */
export async function openSimulatedMarket(options: SimulatedMarketOptions): Promise<SimulatedMarket> {
  const { source, date, symbols, balance, seed, store, sessions = 1 } = options;
  // Whole, so that another working folder is not another market, nor the same one with other data.
  const dataDir = source.kind === 'replay' ? resolve(source.dataDir) : '';
  const made = source.kind === 'sim' ? (source.market ?? 'synthetic') : 'synthetic';
  const kind = made === 'synthetic' ? source.kind : made;
  const account = `SIM-${deriveUuid(kind, dataDir, date, symbols.join(','), balance, seed).slice(0, 8)}`;
  const lock = await store.lockAccount(account, `agent, pid ${process.pid}`);
  try {
    const folder = join(options.dataDir, 'market-sim', account);
    const several = sessions > 1;
    if (!options.resume) await abandonSessions(store, account, source.kind, systemClock.now());
    if (!options.resume && several) await markBeginning(store, { account, mode: source.kind, folder });
    const standing =
      options.resume && several ? await standingOf(store, { account, mode: source.kind, folder }, date) : null;
    if (standing !== null && standing.reports.length >= sessions)
      throw new TradingError('NOTHING_TO_RESUME', `All ${sessions} sessions from ${date} have been traded`, {
        hint: 'Ask for more of them, or start without --resume to begin anew.',
      });
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
      `--state=${folder}`,
      `--days=${sessions}`,
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
    const course = new SimulatedCourse(market.url);
    try {
      // It stands where its last request was made, which may be days before the session that is to go on.
      if (standing !== null) await course.bringTo(standing.due);
    } catch (error) {
      await market.stop();
      throw error;
    }
    return { account, pid, endpoints, course, earlier: standing?.reports ?? [], knowledge, lock, failed, close };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
