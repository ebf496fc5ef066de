import { type Clock, isTradingError, type MarketDate, toTradingError, TradingError } from '@trading-agent/core';
import { type Alert, logAlert, type Logger } from '@trading-agent/observability';
import type { AccountLock, Store } from '@trading-agent/store';
import type { TrainingReport } from '@trading-agent/training';
import { plainJson } from './plain-json.ts';
import { StoredModelRegistry } from './stored-model-registry.ts';
import { trainInThread } from './train-in-thread.ts';
import { threadRequest, type TrainingPlan } from './training-plan.ts';
import { TrainingRuns, type Trigger } from './training-runs.ts';
import type { ThreadResult } from './training-thread.ts';

export interface TrainingContext {
  readonly plan: TrainingPlan;
  readonly store: Store;
  /** Model files lie below. */
  readonly dataDir: string;
  readonly keepModels: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Beside the accounts' locks, under a name that no broker gives. */
const LOCK = '(training)';
/** Part of the asked symbol-days that may be missing before somebody should look. */
const TOLERATED_HOLES = 0.1;
/** Log loss of a coin, nats. */
const COIN = Math.LN2;

/**
 * One training from lock to deployment: data through the session `through`, candidates, champion, registry, runs and trials. A failure is
 * recorded with its code and an alert, then thrown.
 * @returns `null` when the schedule has settled the day already.
 * @throws {TradingError} `ACCOUNT_LOCKED` while another training is under way; `CANCELLED` after an abort; what collecting, training and
 * the store throw.
 */
export async function runTraining(
  context: TrainingContext,
  trigger: Trigger,
  through: MarketDate,
): Promise<TrainingReport | null> {
  const lock = await lockTraining(context.store);
  const lost = new AbortController();
  void lock.lost.then((error) => lost.abort(error));
  try {
    const signal = AbortSignal.any([context.signal, lost.signal]);
    return await underLock({ ...context, signal }, trigger, through);
  } finally {
    await lock.release().catch((error: unknown) => {
      context.logger.warn({ err: toTradingError(error) }, 'The training lock was released by closing its connection');
    });
  }
}

async function lockTraining(store: Store): Promise<AccountLock> {
  try {
    return await store.lockAccount(LOCK, 'trainer');
  } catch (cause) {
    if (!isTradingError(cause, 'ACCOUNT_LOCKED')) throw cause;
    throw new TradingError('ACCOUNT_LOCKED', 'Another training is under way', {
      hint: 'Wait for it to end, or stop the process that trains.',
      details: cause.details,
      cause,
    });
  }
}

async function underLock(
  context: TrainingContext,
  trigger: Trigger,
  through: MarketDate,
): Promise<TrainingReport | null> {
  const { plan, store, clock, logger, signal } = context;
  const { scope, tier, symbols, training } = plan;
  const runs = new TrainingRuns(store.runs, clock);
  const abandoned = await runs.endAbandoned();
  if (abandoned > 0) {
    await raise(context, {
      kind: 'system',
      severity: 'warning',
      message: `${abandoned} ${abandoned === 1 ? 'training' : 'trainings'} ended without a word: the process died`,
      facts: { abandoned, scope },
    });
  }
  if (trigger !== 'forced' && (await runs.isSettled(scope, through))) return null;
  if (signal.aborted) throw new TradingError('CANCELLED', 'Training was stopped before it began');

  const request = threadRequest(plan, through, clock.now());
  const runId = await runs.start({
    trigger,
    scope,
    through,
    request: plainJson({ ...request, tier, tierTraining: training }),
  });
  logger.info({ runId, trigger, scope, from: request.from, through, symbols: symbols.length }, 'Training begins');
  try {
    const result = await trainInThread(request, signal);
    const { report, collected } = result;
    await registryOf(context).save(report, result.modelJson);
    await store.trials.insert(
      runId,
      report.candidates.map(({ name, modelId, validation }, index) => ({
        index,
        parameters: { name, modelId, reportId: report.id },
        metrics: plainJson(validation),
      })),
    );
    await runs.finish(
      runId,
      plainJson({ reportId: report.id, champion: report.champion, rows: report.rows, collected }),
    );
    logger.info(
      { runId, scope, champion: report.champion, rows: report.rows },
      'The training is done and its champion deployed',
    );
    for (const alert of alertsOf(plan, result)) await raise(context, alert);
    return report;
  } catch (thrown) {
    const error = toTradingError(thrown);
    await recordFailure(context, runs, runId, error, { trigger, through });
    throw error;
  }
}

export function registryOf({ plan, store, dataDir, keepModels }: Omit<TrainingContext, 'signal'>): StoredModelRegistry {
  return new StoredModelRegistry({ models: store.models, dataDir, scope: plan.scope, keep: keepModels });
}

/** Neither record nor alert may hide the failure itself. */
async function recordFailure(
  context: TrainingContext,
  runs: TrainingRuns,
  runId: string,
  error: TradingError,
  about: { readonly trigger: Trigger; readonly through: MarketDate },
): Promise<void> {
  const { logger, plan } = context;
  // A training that was told to stop did not fail. The alert comes first: a process that dies in between runs again and warns again.
  if (error.code === 'CANCELLED') logger.info({ runId, scope: plan.scope }, error.message);
  else {
    await raise(context, {
      kind: 'system',
      severity: 'warning',
      message: `The training of ${plan.scope} through ${about.through} failed (${error.code}): ${error.message}`,
      facts: { code: error.code, runId, scope: plan.scope, ...about },
    });
  }
  await runs.fail(runId, error).catch((failure: unknown) => {
    logger.error({ err: toTradingError(failure), runId }, 'The failed training could not be recorded');
  });
}

/** What somebody should know of a training that went well. */
function alertsOf({ scope, symbols, training }: TrainingPlan, { report, collected }: ThreadResult): Alert[] {
  const alerts: Alert[] = [];
  const missing = collected.reduce((sum, { missingDays }) => sum + missingDays, 0);
  const asked = symbols.length * training.lookbackDays;
  if (missing > TOLERATED_HOLES * asked) {
    alerts.push({
      kind: 'system',
      severity: 'warning',
      message: `The training of ${scope} lacked ${missing} of ${asked} symbol-days`,
      facts: { scope, reportId: report.id, missing, asked },
    });
  }
  const best =
    report.candidates.find(({ name }) => name === report.champion)?.validation.logLoss ?? Number.POSITIVE_INFINITY;
  if (best >= COIN) {
    alerts.push({
      kind: 'performance',
      severity: 'warning',
      message: `The new champion of ${scope} (${report.champion}) is no better than a coin on days it had not seen`,
      facts: { scope, reportId: report.id, champion: report.champion, logLoss: best, coin: COIN },
    });
  }
  return alerts;
}

/** To the log always, to the store if it can be reached. */
async function raise({ store, clock, logger }: TrainingContext, alert: Alert): Promise<void> {
  logAlert(logger, alert);
  await store.alerts.add({ at: clock.now(), ...alert }).catch((error: unknown) => {
    logger.error({ err: toTradingError(error) }, 'An alert could not be stored');
  });
}
