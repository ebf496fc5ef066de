import { setTimeout as delay } from 'node:timers/promises';
import {
  type Clock,
  type MarketDate,
  MICROS_PER_MILLI,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  type Micros,
  micros,
  type TradingError,
} from '@trading-agent/core';
import { nextSession, nyDate, requireSession, session, type Session } from '@trading-agent/calendar';
import type { AgentLog } from '../log.ts';
import type { Course } from './run-sessions.ts';

/** So long before the open a session is begun: connections, contracts and books are there when trading begins. */
const BEFORE_OPEN = 15 * MICROS_PER_MINUTE;
/** The clock is asked again at least so often: timers stand still while a machine sleeps, and a clock may be set. */
const LONGEST_SLEEP = MICROS_PER_MINUTE;
/** Pauses between tries double from the first to the longest; after so many in a row without a step between them it is given up. */
const FIRST_PAUSE = 5 * MICROS_PER_SECOND;
const LONGEST_PAUSE = MICROS_PER_MINUTE;
const MOST_FAILURES = 30;

export interface CalendarCourseOptions {
  readonly clock: Clock;
  /** Waits so many microseconds, or shorter when the signal says so. By the machine's timers unless given. */
  readonly sleep?: (duration: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Told when a wait begins, and at each look at the clock: which session is waited for, and when it is begun. */
  readonly onWait?: (wait: { readonly date: MarketDate; readonly until: Micros; readonly now: Micros }) => void;
  readonly log: AgentLog;
  readonly signal?: AbortSignal;
}

/** On a real market the calendar says when the next session is, and what breaks off for a passing reason is taken up again. */
export class CalendarCourse implements Course {
  readonly #options: CalendarCourseOptions;
  /** The last session that has ended. */
  #ended: MarketDate | null = null;
  #failures = 0;

  constructor(options: CalendarCourseOptions) {
    this.#options = options;
  }

  /** The session that is under way or comes next. */
  get due(): Session {
    const now = this.#options.clock.now();
    const today = session(nyDate(now));
    let found = today ?? following(nyDate(now));
    // A clock that was set back must not begin a day again that has been traded to its end.
    while (found.close <= now || (this.#ended !== null && found.date <= this.#ended)) found = following(found.date);
    return found;
  }

  /** A step has happened: whatever failed before is over. */
  stepped(): void {
    this.#failures = 0;
  }

  next(ended: MarketDate): Promise<boolean> {
    this.#ended = ended;
    return this.#untilDue();
  }

  async afterFailure(error: TradingError): Promise<boolean> {
    // A day without trading, or one that is over.
    if (error.code === 'NOT_A_SESSION') return this.#untilDue();
    const now = this.#options.clock.now();
    const today = session(nyDate(now));
    // At the end of a day nothing can be done about it; what is held must not be left alone tomorrow for that. The next session compares what the broker
    // says with the record, takes no new risk where they differ until somebody has looked, and goes on managing what is there.
    if (error.code === 'BROKER_DISAGREES' && today !== undefined && now >= today.close) {
      this.#options.log.error(
        { code: error.code },
        `${error.message}: the next session begins with what the broker says`,
      );
      return this.next(today.date);
    }
    this.#failures += 1;
    if (!error.retryable || this.#failures >= MOST_FAILURES) throw error;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1));
    this.#options.log.error(
      { code: error.code, failures: this.#failures, seconds: pause / MICROS_PER_SECOND },
      `The session broke off and is taken up again: ${error.message}`,
    );
    await this.#sleep(pause);
    return !this.#isInterrupted;
  }

  async #untilDue(): Promise<boolean> {
    const { clock, log, onWait } = this.#options;
    const { date, open } = this.due;
    const until = micros(open - BEFORE_OPEN);
    log.info({ date }, 'Waiting for the next session');
    while (!this.#isInterrupted) {
      const now = clock.now();
      onWait?.({ date, until, now });
      if (now >= until) return true;
      await this.#sleep(Math.min(until - now, LONGEST_SLEEP));
    }
    return false;
  }

  get #isInterrupted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  #sleep(duration: number): Promise<void> {
    return (this.#options.sleep ?? machineSleep)(duration, this.#options.signal);
  }
}

function following(date: MarketDate): Session {
  return requireSession(nextSession(date));
}

async function machineSleep(duration: number, signal: AbortSignal | undefined): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  await delay(Math.ceil(duration / MICROS_PER_MILLI), undefined, options).catch((error: unknown) => {
    // An abort is a way for the wait to end, not a failure.
    if (signal?.aborted !== true) throw error;
  });
}
