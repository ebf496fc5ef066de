import { parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, type ErrorDetails, type MarketDate, type Micros, toTradingError } from '@trading-agent/core';
import { trainModels, type TrainingRequest, type TrainingResult } from '@trading-agent/training';
import { type CollectedSymbol, collectBars, type TrainingSource } from './training-source.ts';

/*
 * The thread that collects and trains: minutes of computing in which the process still answers signals and keeps its locks. It stores nothing.
 */

/** What the thread is told; plain data. */
export interface ThreadRequest {
  readonly source: TrainingSource;
  /** Sessions, both included. */
  readonly from: MarketDate;
  readonly to: MarketDate;
  readonly training: TrainingRequest;
  /** What the report says as the time of training. */
  readonly at: Micros;
}

export interface ThreadResult extends TrainingResult {
  readonly collected: readonly CollectedSymbol[];
}

/** What it answers, once. */
export type ThreadAnswer =
  | { readonly kind: 'done'; readonly result: ThreadResult }
  | {
      readonly kind: 'failed';
      readonly error: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint: string | undefined;
        readonly details: ErrorDetails;
      };
    };

async function train({ source, from, to, training, at }: ThreadRequest): Promise<ThreadResult> {
  const { bars, symbols } = await collectBars({ source, symbols: training.symbols, from, to });
  const result = await trainModels(training, {
    bars: (symbol) => Promise.resolve(bars.get(symbol) ?? []),
    // The process that holds the lock registers what comes back.
    registry: { save: () => Promise.resolve(), champion: () => Promise.resolve(null) },
    clock: { now: () => at },
  });
  return { ...result, collected: symbols };
}

async function answer(request: ThreadRequest): Promise<ThreadAnswer> {
  try {
    return { kind: 'done', result: await train(request) };
  } catch (thrown) {
    return { kind: 'failed', error: toTradingError(thrown).toJSON() };
  }
}

if (parentPort !== null) parentPort.postMessage(await answer(workerData));
