import { loadSettings, type Settings } from '@trading-agent/config';
import {
  type Clock,
  formatRfc3339,
  type MarketDate,
  MICROS_PER_MINUTE,
  type Micros,
  systemClock,
  toTradingError,
  TradingError,
  usd,
} from '@trading-agent/core';
import { createLogger, type Logger } from '@trading-agent/observability';
import { openStore, type Store } from '@trading-agent/store';
import type { StoredChampion, TrainingReport } from '@trading-agent/training';
import { registryOf, runTraining, type TrainingContext } from './run-training.ts';
import { completedDay, dueDay, trainingTime, upcomingDay } from './schedule.ts';
import { systemTimer, type Timer } from './timer.ts';
import { planTraining, type TrainingPlan } from './training-plan.ts';
import type { Trigger } from './training-runs.ts';
import type { TrainingSource } from './training-source.ts';

export interface AutoTrainingOptions {
  /** Dollars; decides the tier and with it symbols, days of history and folds. */
  readonly accountBalance: number;
  /** Default: `{ kind: 'sim', seed: 7 }`. */
  readonly source?: TrainingSource;
  /** Default: the tier's. */
  readonly symbols?: readonly string[];
  /** Default: from the environment and `./config`. */
  readonly settings?: Settings;
  /** Holds model files, and the embedded database unless there is another. Default: the settings'. */
  readonly dataDir?: string;
  /** Default: the settings'. */
  readonly databaseUrl?: string;
  /** An open store, which stays the caller's to close. Default: one is opened when it is needed and closed by `stop()`. */
  readonly store?: Store;
  /** How many of the newest models keep their files. Default: 10. */
  readonly keepModels?: number;
  readonly clock?: Clock;
  readonly timer?: Timer;
  readonly logger?: Logger;
}

export interface LastTraining {
  readonly trigger: Trigger;
  /** The last session it learnt from. */
  readonly through: MarketDate;
  readonly endedAt: Micros;
  readonly outcome:
    | { readonly status: 'finished'; readonly reportId: string; readonly champion: string }
    | { readonly status: 'failed'; readonly code: TradingError['code'] };
}

export interface AutoTrainingStatus {
  /** `waiting`: for the next training time; `idle`: nothing is scheduled. */
  readonly state: 'idle' | 'waiting' | 'training';
  readonly tier: string;
  /** Under which name models are stored: see `modelScope`. */
  readonly scope: string;
  readonly symbols: readonly string[];
  /** `null` when nothing is scheduled. */
  readonly nextRun: Micros | null;
  /** Of this object's own trainings. */
  readonly last: LastTraining | null;
}

const DEFAULT_SOURCE: TrainingSource = { kind: 'sim', seed: 7 };
const KEPT_MODELS = 10;
/** The clock is asked again at least so often: timers stand still while a machine sleeps, and drift over a weekend. */
const LONGEST_SLEEP = MICROS_PER_MINUTE;

/**
 * Trains the models of an account each trading day at 16:30 New York time, and on demand. The store remembers which days are done, so a
 * restart neither repeats nor forgets one; one training runs at a time, across processes.
 */
export class AutoTrainingSystem {
  readonly #options: AutoTrainingOptions;
  readonly #settings: Settings;
  readonly #plan: TrainingPlan;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #logger: Logger;
  readonly #underWay = new Set<Promise<unknown>>();
  #lifetime = new AbortController();
  #schedule: Promise<void> | null = null;
  #startedAt: Micros;
  #settled: MarketDate | null = null;
  #opened: Promise<Store> | null = null;
  #last: LastTraining | null = null;

  /** @throws {TradingError} `CONFIG_INVALID`, `CONFIG_FILE_BROKEN`; `INVALID_VALUE` for symbols or a seed that can't be. */
  constructor(options: AutoTrainingOptions) {
    this.#options = options;
    this.#settings =
      options.settings ??
      loadSettings({ env: process.env, cwd: process.cwd(), overrides: { 'account.balance': options.accountBalance } });
    this.#plan = planTraining({
      settings: this.#settings,
      balance: usd(options.accountBalance),
      source: options.source ?? DEFAULT_SOURCE,
      ...(options.symbols === undefined ? {} : { symbols: options.symbols }),
    });
    this.#clock = options.clock ?? systemClock;
    this.#timer = options.timer ?? systemTimer;
    this.#logger = options.logger ?? createLogger({ level: this.#settings.logging.level, name: 'trainer' });
    this.#startedAt = this.#clock.now();
  }

  /**
   * Trains every trading day from now on until `stop()`; the latest day's training, if its time has passed and nobody ran it, at once.
   * Resolves when the schedule stands. A failed training is recorded and does not end the schedule.
   * @throws {TradingError} `USAGE` when it runs already; `STORE_START_FAILED`, `STORE_UNAVAILABLE`.
   */
  async startAutoTraining(): Promise<void> {
    if (this.#schedule !== null)
      throw new TradingError('USAGE', 'Automatic training runs already', { hint: 'Call stop() first.' });
    this.#startedAt = this.#clock.now();
    const { signal } = this.#lifetime;
    const ready = this.#store();
    this.#schedule = ready.then(
      () => this.#keepSchedule(signal),
      () => undefined,
    );
    try {
      await ready;
    } catch (error) {
      this.#schedule = null;
      throw error;
    }
    this.#logger.info(this.#facts(), 'Automatic training is scheduled');
  }

  /**
   * Trains now, on the sessions that are over. The schedule's own training of the day still comes.
   * @throws {TradingError} `ACCOUNT_LOCKED` while another training is under way, `CANCELLED` after `stop()`; the error of the training.
   */
  async forceTraining(): Promise<TrainingReport> {
    const report = await this.#train('forced', completedDay(this.#clock.now()));
    if (report === null) throw new TradingError('INTERNAL', 'A forced training was left out');
    return report;
  }

  /**
   * The model in force with its report; `null` before the first training.
   * @throws {TradingError} `DATA_FILE_BROKEN` when its file is missing or was changed, the store's errors.
   */
  async champion(): Promise<StoredChampion | null> {
    return registryOf(await this.#context()).champion();
  }

  status(): AutoTrainingStatus {
    const { tier, scope, symbols } = this.#plan;
    const waiting = this.#schedule === null ? 'idle' : 'waiting';
    return {
      state: this.#underWay.size > 0 ? 'training' : waiting,
      tier,
      scope,
      symbols,
      nextRun: this.#schedule === null ? null : trainingTime(upcomingDay(this.#clock.now())),
      last: this.#last,
    };
  }

  /** Ends the schedule and a training under way, which leaves the champion that was. It may be started again. */
  async stop(): Promise<void> {
    this.#lifetime.abort();
    await this.#schedule;
    await Promise.allSettled(this.#underWay);
    const opened = this.#opened;
    this.#lifetime = new AbortController();
    this.#schedule = null;
    this.#settled = null;
    this.#opened = null;
    // One that never opened has told so to whoever asked for it.
    if (opened !== null && this.#options.store === undefined)
      await opened.then(
        (store) => store.close(),
        () => undefined,
      );
  }

  async #keepSchedule(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#trainWhatIsDue();
      const now = this.#clock.now();
      const untilNext = this.#settled === dueDay(now) ? trainingTime(upcomingDay(now)) - now : LONGEST_SLEEP;
      await this.#timer.sleep(Math.min(untilNext, LONGEST_SLEEP), signal);
    }
  }

  /** Never throws: whatever went wrong is tried again at the next look, unless the store says that the day is settled. */
  async #trainWhatIsDue(): Promise<void> {
    try {
      const day = dueDay(this.#clock.now());
      if (this.#settled === day) return;
      const trigger = trainingTime(day) < this.#startedAt ? 'catch-up' : 'scheduled';
      await this.#train(trigger, day);
      this.#settled = day;
      this.#logger.info(this.#facts(), 'Waiting for the next training');
    } catch (thrown) {
      const error = toTradingError(thrown);
      if (error.code === 'CANCELLED') return;
      if (error.code === 'ACCOUNT_LOCKED') this.#logger.info({ ...error.details }, `${error.message}; waiting for it`);
      else this.#logger.error({ err: error }, 'The scheduled training did not succeed');
    }
  }

  async #train(trigger: Trigger, through: MarketDate): Promise<TrainingReport | null> {
    const { signal } = this.#lifetime;
    const training = this.#context().then((context) => runTraining({ ...context, signal }, trigger, through));
    this.#underWay.add(training);
    try {
      const report = await training;
      if (report !== null) {
        const { id: reportId, champion } = report;
        this.#remember(trigger, through, { status: 'finished', reportId, champion });
      }
      return report;
    } catch (thrown) {
      const error = toTradingError(thrown);
      this.#remember(trigger, through, { status: 'failed', code: error.code });
      throw error;
    } finally {
      this.#underWay.delete(training);
    }
  }

  #remember(trigger: Trigger, through: MarketDate, outcome: LastTraining['outcome']): void {
    this.#last = { trigger, through, endedAt: this.#clock.now(), outcome };
  }

  #facts(): Readonly<Record<string, unknown>> {
    const { tier, scope, symbols, nextRun } = this.status();
    return {
      tier,
      scope,
      symbols: symbols.join(' '),
      source: this.#plan.source.kind,
      nextRun: nextRun === null ? null : formatRfc3339(nextRun),
    };
  }

  async #context(): Promise<Omit<TrainingContext, 'signal'>> {
    return {
      plan: this.#plan,
      store: await this.#store(),
      dataDir: this.#dataDir(),
      keepModels: this.#options.keepModels ?? KEPT_MODELS,
      clock: this.#clock,
      logger: this.#logger,
    };
  }

  #dataDir(): string {
    return this.#options.dataDir ?? this.#settings.store.dataDir;
  }

  #store(): Promise<Store> {
    if (this.#opened !== null) return this.#opened;
    const { store, databaseUrl = this.#settings.store.databaseUrl?.reveal() } = this.#options;
    const opening =
      store === undefined
        ? openStore({
            dataDir: this.#dataDir(),
            logger: this.#logger,
            ...(databaseUrl === undefined ? {} : { databaseUrl }),
          })
        : Promise.resolve(store);
    this.#opened = opening;
    // What failed to open is tried again by the next call.
    opening.catch(() => {
      if (this.#opened === opening) this.#opened = null;
    });
    return opening;
  }
}
