import { TradingError } from '@trading-agent/core';

const LIMIT_MS = 5_000;

/**
 * The promise's outcome, or `TIMEOUT` when it takes longer than `limitMs`: a hanging store must not pile up requests.
 * @throws {TradingError} `TIMEOUT`.
 */
export async function within<T>(work: Promise<T>, what: string, limitMs = LIMIT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new TradingError('TIMEOUT', `Expected an answer from ${what} within ${limitMs} ms`, {
            hint: 'Is the database overloaded or locked? Try again in a moment.',
          }),
        ),
      limitMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
