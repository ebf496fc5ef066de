import { type MarketDate, toTradingError, type TradingError } from '@trading-agent/core';
import type { AgentLog } from '../log.ts';
import type { TradingDayResult } from '../trading-day.ts';

/** How an agent gets from one session to the next. */
export interface Course {
  /** Resolves when the session after the one that has ended may begin; `false` when the wait was interrupted. */
  next(ended: MarketDate): Promise<boolean>;
  /**
   * What to do about a session that did not begin or broke off. Resolves when it may be tried again, `false` when the wait was interrupted.
   * @throws {TradingError} the error itself when trying again is no way out
   */
  afterFailure(error: TradingError): Promise<boolean>;
}

export interface SessionsOptions {
  /** Trades the session that is due; `begun` is called as soon as it is open. */
  readonly trade: (run: { readonly resume: boolean; readonly begun: () => void }) => Promise<TradingDayResult>;
  readonly course: Course;
  /** How many are to be traded; `Infinity` for as long as nobody stops it. */
  readonly sessions: number;
  /** Take up an unfinished session first; later ones follow in any case. */
  readonly resume: boolean;
  /** Told of each session that has come to its end. */
  readonly onEnd: (result: TradingDayResult) => void;
  readonly log: AgentLog;
  readonly signal?: AbortSignal;
}

/** What became of a run over several sessions. */
export interface SessionsResult {
  /** Sessions that came to their end. */
  readonly traded: number;
  /** The session that was interrupted and can be resumed. */
  readonly interrupted: TradingDayResult | null;
}

/**
 * Trades one session after the other. Each is whole when the next begins: its journal is closed, its books agree with the broker's.
 * @throws {TradingError} see `tradeDay`; what the course makes of it decides whether it is tried again.
 */
export async function runSessions(options: SessionsOptions): Promise<SessionsResult> {
  const { trade, course, sessions, onEnd, log, signal } = options;
  const isStopped = (): boolean => signal?.aborted ?? false;
  let { resume } = options;
  // What has begun goes on where its journal ends. Until then what was to be given up stays given up, however often it takes to begin anew.
  const begun = (): void => {
    resume = true;
  };
  let traded = 0;
  for (;;) {
    // Told to stop while everything was being set up: nothing is begun any more.
    if (isStopped()) return { traded, interrupted: null };
    let result: TradingDayResult | null = null;
    try {
      result = await trade({ resume, begun });
    } catch (thrown) {
      const error = toTradingError(thrown);
      if (isStopped()) throw error;
      if (!(await course.afterFailure(error))) return { traded, interrupted: null };
      continue;
    }
    if (!result.complete) return { traded, interrupted: result };
    traded += 1;
    onEnd(result);
    if (traded >= sessions || isStopped()) return { traded, interrupted: null };
    log.info({ sessionId: result.sessionId, traded }, 'The session is over, the next one follows');
    if (!(await course.next(result.report.session))) return { traded, interrupted: null };
    resume = true;
  }
}
