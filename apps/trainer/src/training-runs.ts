import { type Clock, ERROR_CODES, type Json, type MarketDate, type TradingError } from '@trading-agent/core';
import type { RunRow, Runs } from '@trading-agent/store';
import { member } from './plain-json.ts';

/** `scheduled`: at its time; `catch-up`: later, because nobody ran it then; `forced`: on demand. */
export type Trigger = 'scheduled' | 'catch-up' | 'forced';

export interface TrainingRun {
  readonly trigger: Trigger;
  /** Which models the run is for: see `modelScope`. */
  readonly scope: string;
  /** The last session it learns from. */
  readonly through: MarketDate;
  /** Whatever else the run was told. */
  readonly request: Json;
}

const KIND = 'training';
/** More than a year of daily runs; a day's own are the newest. */
const RECENT = 400;
/** Interrupted runs of one day before it is given up: a training that kills its process must not do so for ever. */
const MOST_ATTEMPTS = 3;

/** The trainings in the store's `runs`, as what tells whether a day has been trained. Call under the training lock. */
export class TrainingRuns {
  readonly #runs: Runs;
  readonly #clock: Clock;

  constructor(runs: Runs, clock: Clock) {
    this.#runs = runs;
    this.#clock = clock;
  }

  async start({ trigger, scope, through, request }: TrainingRun): Promise<string> {
    const parameters = { trigger, scope, through, request };
    const { id } = await this.#runs.start({ kind: KIND, parameters, at: this.#clock.now() });
    return id;
  }

  finish(id: string, result: Json): Promise<void> {
    return this.#runs.finish(id, { status: 'finished', result, at: this.#clock.now() });
  }

  fail(id: string, error: TradingError): Promise<void> {
    const { code, message, hint = null } = error;
    return this.#runs.finish(id, { status: 'failed', result: { code, message, hint }, at: this.#clock.now() });
  }

  /** Ends the runs of processes that died: under the lock no other run can be under way. @returns how many */
  async endAbandoned(): Promise<number> {
    const abandoned = (await this.#runs.list(KIND, RECENT)).filter((run) => run.status === 'running');
    for (const run of abandoned) {
      const result = { code: 'CANCELLED', message: 'The process ended during the training', hint: null };
      await this.#runs.finish(run.id, { status: 'failed', result, at: this.#clock.now() });
    }
    return abandoned.length;
  }

  /**
   * Whether the schedule is done with a day: its run ended well, or failed in a way that waiting does not heal, or was interrupted too often.
   * Forced runs don't count: the day's own comes all the same.
   */
  async isSettled(scope: string, day: MarketDate): Promise<boolean> {
    const own = (await this.#runs.list(KIND, RECENT)).filter(
      ({ parameters }) =>
        member(parameters, 'scope') === scope &&
        member(parameters, 'through') === day &&
        member(parameters, 'trigger') !== 'forced',
    );
    return own.length >= MOST_ATTEMPTS || own.some((run) => run.status !== 'running' && !isInterrupted(run));
  }
}

function isInterrupted({ status, result }: RunRow): boolean {
  if (status !== 'failed') return false;
  const code = member(result, 'code');
  return code === 'CANCELLED' || Object.entries(ERROR_CODES).some(([name, { retry }]) => name === code && retry);
}
