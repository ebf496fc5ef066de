import { isTradingError } from '@trading-agent/core';

/** The code of the error that a call ends with; `none` when it does not. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'none',
    (error: unknown) => (isTradingError(error) ? error.code : `not ours: ${String(error)}`),
  );
}
