import { Worker } from 'node:worker_threads';
import { isTradingError, TradingError } from '@trading-agent/core';
import type { ThreadAnswer, ThreadRequest, ThreadResult } from './training-thread.ts';

/** A training that has not ended by then hangs; one of the largest tier takes minutes. */
const LONGEST_TRAINING_MS = 2 * 60 * 60_000;

/**
 * Collects and trains on a thread of its own.
 * @throws {TradingError} the reason of `signal` when it aborts (`CANCELLED` unless it has a code), `TIMEOUT` after two hours, `INTERNAL` when
 * the thread dies (out of memory), else whatever collecting or training threw.
 */
export async function trainInThread(request: ThreadRequest, signal: AbortSignal): Promise<ThreadResult> {
  if (signal.aborted) throw stopped(signal);
  const thread = new Worker(new URL('./training-thread.ts', import.meta.url), { workerData: request, execArgv: [] });
  const ended = Promise.withResolvers<ThreadAnswer>();
  const onAbort = (): void => ended.reject(stopped(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  const limit = setTimeout(() => {
    ended.reject(
      new TradingError('TIMEOUT', `The training did not end within ${LONGEST_TRAINING_MS / 60_000} minutes`),
    );
  }, LONGEST_TRAINING_MS);
  // `node --watch` has the thread report the files it loads over the same channel.
  thread.on('message', (message: ThreadAnswer | { readonly kind?: never }) => {
    if (message.kind !== undefined) ended.resolve(message);
  });
  thread.once('error', (cause) => {
    ended.reject(new TradingError('INTERNAL', `The training thread died: ${String(cause)}`, { cause }));
  });
  thread.once('exit', (code) => {
    ended.reject(new TradingError('INTERNAL', `The training thread ended with code ${code} and no answer`));
  });
  try {
    const answer = await ended.promise;
    if (answer.kind === 'done') return answer.result;
    const { code, message, hint, details } = answer.error;
    throw new TradingError(code, message, { ...(hint === undefined ? {} : { hint }), details });
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', onAbort);
    await thread.terminate();
  }
}

function stopped(signal: AbortSignal): TradingError {
  const reason: unknown = signal.reason;
  if (isTradingError(reason)) return reason;
  return new TradingError('CANCELLED', 'Training was stopped; nothing was registered');
}
