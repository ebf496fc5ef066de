import { isTradingError } from '@trading-agent/core';

/** An error as plain facts. `cause` is again one of these, or whatever was thrown. */
export interface SerializedError {
  readonly type: string;
  readonly code?: unknown;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: unknown;
  readonly errors?: readonly unknown[];
  readonly stack?: string;
  readonly cause?: unknown;
}

const MAX_ERRORS = 10;

/** One level: the cause and the parts of an aggregate are left for whoever walks the result. Not redacted yet. */
export function serializeError(error: Error): SerializedError {
  const facts = isTradingError(error)
    ? { code: error.code, hint: error.hint, details: error.details }
    : 'code' in error
      ? { code: error.code }
      : {};
  return {
    type: error.name,
    message: error.message,
    ...facts,
    ...(error instanceof AggregateError ? { errors: error.errors.slice(0, MAX_ERRORS) } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  };
}
