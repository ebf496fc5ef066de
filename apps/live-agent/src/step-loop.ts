import { concatMap, type Observable, takeWhile } from 'rxjs';

export interface StepLoopOptions<Step> {
  readonly steps: Observable<Step>;
  /** Works on one step; its result says whether the loop goes on. */
  readonly handle: (step: Step) => Promise<'go on' | 'end'>;
  /** Called after each handled step, unless the loop has been interrupted. */
  readonly answer: (step: Step) => void;
  /** Called once when the loop listens. */
  readonly start: () => void;
  /** Ends the loop with its error. */
  readonly failed?: Promise<never>;
  /** Ends the loop after the step under way. */
  readonly signal?: AbortSignal;
}

/**
 * Handles steps one after the other until the last one. However it ends, nothing is under way any more when it has ended: a caller may close
 * what the steps were using.
 * @returns false when it was interrupted before its end
 */
export async function runSteps<Step>(options: StepLoopOptions<Step>): Promise<boolean> {
  const { steps, handle, answer, start, failed, signal } = options;
  const isInterrupted = (): boolean => signal?.aborted ?? false;
  let isComplete = false;
  let underWay: Promise<unknown> = Promise.resolve();
  const work = async (step: Step): Promise<boolean> => {
    if (isInterrupted()) return false;
    if ((await handle(step)) === 'end') {
      isComplete = true;
      return false;
    }
    if (isInterrupted()) return false;
    answer(step);
    return true;
  };
  const handled = steps.pipe(
    concatMap((step) => {
      const result = work(step);
      underWay = result;
      return result;
    }),
    takeWhile((goesOn) => goesOn),
  );
  let stopListening = (): void => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    if (isInterrupted()) return resolve();
    const subscription = handled.subscribe({
      complete: () => {
        isComplete ||= !isInterrupted();
        resolve();
      },
      error: reject,
    });
    const end = (): void => {
      subscription.unsubscribe();
      resolve();
    };
    signal?.addEventListener('abort', end, { once: true });
    stopListening = () => signal?.removeEventListener('abort', end);
    failed?.catch((error: unknown) => {
      subscription.unsubscribe();
      reject(error);
    });
    return start();
  });
  try {
    await ended;
  } catch (error) {
    await underWay.catch(() => undefined);
    throw error;
  } finally {
    stopListening();
  }
  await underWay;
  return isComplete;
}
