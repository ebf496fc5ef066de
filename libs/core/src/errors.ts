import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

/** Facts that belong to an error: plain data, safe to log and to print (never a secret). */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface TradingErrorOptions {
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/**
 * The one error class of the project. `message` says what was expected and what was found, `hint` what to do,
 * `code` is stable and is looked up in `ERROR_CODES` for its consequence.
 */
export class TradingError extends Error {
  override readonly name = 'TradingError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: TradingErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  /** True when the same call may succeed later without anybody changing anything. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retry;
  }

  /** True when no new risk may be taken until a human or a reconciliation has cleared it. */
  get haltsTrading(): boolean {
    return ERROR_CODES[this.code].halts;
  }

  /** 2 when the caller's input or environment is at fault, 1 otherwise. */
  get exitCode(): 1 | 2 {
    return ERROR_CODES[this.code].exit;
  }

  toJSON(): { code: ErrorCode; message: string; hint: string | undefined; details: ErrorDetails } {
    return { code: this.code, message: this.message, hint: this.hint, details: this.details };
  }
}

export function isTradingError(value: unknown, code?: ErrorCode): value is TradingError {
  return value instanceof TradingError && (code === undefined || value.code === code);
}

/** Any thrown value as a `TradingError`; an unknown one becomes `INTERNAL` and keeps the original as its cause. */
export function toTradingError(value: unknown): TradingError {
  if (value instanceof TradingError) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new TradingError('INTERNAL', message, { cause: value });
}

/** The branch of an exhaustive switch that can't be reached. */
export function unreachable(value: never): never {
  throw new TradingError('INTERNAL', `Unreachable case: ${JSON.stringify(value)}`);
}
