import { MICROS_PER_SECOND, type Clock, isTradingError, toTradingError } from '@trading-agent/core';
import type { HealthJson } from './schemas.ts';
import type { SessionReading, StatusSource } from './source.ts';
import { within } from './within.ts';

export interface HealthLimits {
  /** A running session that has written no step for longer than this counts as stuck. Seconds. */
  readonly maxStepAgeSeconds: number;
}

/** Liveness: does the store answer, and does the agent of a running session still move? */
export async function health(source: StatusSource, clock: Clock, limits: HealthLimits): Promise<HealthJson> {
  let session: SessionReading | null;
  try {
    session = await within(source.session(), 'the store');
  } catch (error) {
    const why = isTradingError(error) ? error.message : toTradingError(error).message;
    return {
      status: 'failing',
      store: 'unreachable',
      session: 'none',
      lastStepAgeSeconds: null,
      problems: [`The store doesn't answer: ${why}`],
    };
  }
  const seen = session?.lastStepSeenAt ?? null;
  const age = seen === null ? null : Math.max(0, (clock.now() - seen) / MICROS_PER_SECOND);
  const problems: string[] = [];
  if (session?.state === 'running') {
    // A session that never made a step is measured from its start.
    const quiet = age ?? (clock.now() - session.startedAt) / MICROS_PER_SECOND;
    if (quiet > limits.maxStepAgeSeconds) {
      problems.push(
        `No market step for ${Math.round(quiet)} s, expected one at least every ${limits.maxStepAgeSeconds} s while the session runs`,
      );
    }
  }
  return {
    status: problems.length === 0 ? 'ok' : 'failing',
    store: 'reachable',
    session: session?.state ?? 'none',
    lastStepAgeSeconds: age,
    problems,
  };
}
