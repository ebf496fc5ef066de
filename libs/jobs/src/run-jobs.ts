import { toTradingError, TradingError } from '@trading-agent/core';

/** A piece of work that depends on nothing but what its id stands for. */
export interface Job<T> {
  /** From `jobId`: jobs with the same id are the same job. */
  readonly id: string;
  /** Does the work. `signal` says when the result is no longer wanted. */
  run(signal: AbortSignal): Promise<T> | T;
}

export type JobOutcome<T> =
  | { readonly kind: 'done'; readonly id: string; readonly value: T }
  | { readonly kind: 'failed'; readonly id: string; readonly error: TradingError }
  /** Not started, or given up, because the run was aborted. */
  | { readonly kind: 'cancelled'; readonly id: string };

export interface JobProgress<T> {
  readonly outcome: JobOutcome<T>;
  /** Distinct jobs settled so far, this one included, of all distinct jobs. */
  readonly settled: number;
  readonly total: number;
}

export interface RunOptions<T> {
  /** Most jobs under way at one time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal;
  /** Called once per distinct job, in order of completion. An error thrown here stops the run. */
  readonly onProgress?: (progress: JobProgress<T>) => void;
}

/**
 * Runs jobs in this process, at most `concurrency` at a time, in the order given; the outcomes stand in that order too. A job that
 * appears twice runs once and both places get its outcome. A failure is an outcome, not an exception, and stops nothing else. After an
 * abort no job is started; those under way are told by their signal and waited for, so nothing goes on behind the caller's back.
 * @throws {TradingError} `OUT_OF_RANGE` for a concurrency that is not a whole number of at least 1.
 */
export async function runJobs<T>(jobs: readonly Job<T>[], options: RunOptions<T>): Promise<readonly JobOutcome<T>[]> {
  const { concurrency, signal = new AbortController().signal, onProgress } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new TradingError('OUT_OF_RANGE', `Expected a concurrency of at least 1, was ${concurrency}`);
  }
  const distinct = new Map<string, Job<T>>();
  for (const job of jobs) if (!distinct.has(job.id)) distinct.set(job.id, job);
  const outcomes = new Map<string, JobOutcome<T>>();
  const waiting = distinct.values();
  let stopped = false;

  const work = async (): Promise<void> => {
    for (const job of waiting) {
      if (stopped) return;
      const outcome: JobOutcome<T> = signal.aborted ? { kind: 'cancelled', id: job.id } : await settle(job, signal);
      outcomes.set(job.id, outcome);
      try {
        onProgress?.({ outcome, settled: outcomes.size, total: distinct.size });
      } catch (error) {
        stopped = true;
        throw error;
      }
    }
  };

  // One iterator shared by all workers: each job is taken by exactly one of them.
  const workers = Array.from({ length: Math.min(concurrency, distinct.size) }, () => work());
  for (const worker of await Promise.allSettled(workers)) if (worker.status === 'rejected') throw worker.reason;
  return jobs.map(({ id }) => outcomes.get(id) ?? { kind: 'cancelled', id });
}

async function settle<T>(job: Job<T>, signal: AbortSignal): Promise<JobOutcome<T>> {
  try {
    return { kind: 'done', id: job.id, value: await job.run(signal) };
  } catch (error) {
    // What a job throws once it has been told to stop is the stopping.
    if (signal.aborted) return { kind: 'cancelled', id: job.id };
    return { kind: 'failed', id: job.id, error: toTradingError(error) };
  }
}
