import { type ErrorCode, type ErrorDetails, TradingError } from '@trading-agent/core';
import { failureOf } from '@trading-agent/transport';

export type Method = 'GET' | 'POST' | 'DELETE';

/** What a refused or broken request was about; never holds keys. */
export interface RequestFacts {
  readonly method: Method;
  readonly path: string;
}

/** What an answer that is not a success says about itself. */
export interface Refusal {
  readonly status: number;
  /** Alpaca's own code and words; absent when the body was HTML or empty. */
  readonly alpacaCode: number | undefined;
  readonly alpacaMessage: string | undefined;
  /** `X-Request-ID`, what Alpaca's support asks for. */
  readonly requestId: string | undefined;
}

const HINTS: Partial<Record<ErrorCode, string>> = {
  BROKER_AUTH: 'Check ALPACA_API_KEY and ALPACA_SECRET_KEY, and that they belong to this environment (paper or live).',
  BROKER_RATE_LIMITED: 'Alpaca allows about 200 requests a minute; wait a minute.',
  ORDER_FATE_UNKNOWN:
    'Look the order up by its client order id before anything else is done about it; never send it again first.',
};

/** The one place where HTTP statuses of Alpaca become our codes (PROVIDERS C1). */
export function codeForStatus(method: Method, status: number): ErrorCode {
  // A gateway may answer 5xx or 408 for a request that the broker has taken all the same.
  if (method !== 'GET' && (status >= 500 || status === 408)) return 'ORDER_FATE_UNKNOWN';
  switch (status) {
    case 401:
      return 'BROKER_AUTH';
    case 400:
    case 403:
    case 422:
      return 'BROKER_REJECTED';
    case 404:
      return 'BROKER_NOT_FOUND';
    case 408:
      return 'TIMEOUT';
    case 429:
      return 'BROKER_RATE_LIMITED';
    default:
      return status >= 500 ? 'BROKER_UNAVAILABLE' : 'BROKER_BAD_MESSAGE';
  }
}

/** Only these answers to a GET are worth another try. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

export function statusError(request: RequestFacts, refusal: Refusal): TradingError {
  const code = codeForStatus(request.method, refusal.status);
  const words = refusal.alpacaMessage;
  return new TradingError(
    code,
    `${request.method} ${request.path} answered ${refusal.status}${words === undefined ? '' : `: ${words}`}`,
    { ...hintFor(code), details: facts({ ...refusal, path: request.path }) },
  );
}

/** A request without an answer. For anything but a GET its fate is unknown, unless it certainly never left. */
export function connectionError(request: RequestFacts, cause: unknown, timeoutMs: number): TradingError {
  const failure = failureOf(cause);
  const timedOut = failure.kind === 'timeout';
  const reason = timedOut ? `no answer within ${timeoutMs} ms` : failure.reason;
  const unsure = request.method !== 'GET' && !failure.neverSent;
  const code = unsure ? 'ORDER_FATE_UNKNOWN' : timedOut ? 'TIMEOUT' : 'BROKER_UNAVAILABLE';
  return new TradingError(code, `${request.method} ${request.path}: ${reason}`, {
    ...hintFor(code),
    details: { path: request.path, reason },
    cause,
  });
}

/** A success whose body is not what the protocol says. After a submission that means: taken, but as what? */
export function unreadable(request: RequestFacts, cause: unknown): TradingError {
  const code = request.method === 'GET' ? 'BROKER_BAD_MESSAGE' : 'ORDER_FATE_UNKNOWN';
  return new TradingError(
    code,
    `${request.method} ${request.path} answered something unreadable: ${messageOf(cause)}`,
    {
      ...hintFor(code),
      details: { path: request.path },
      cause,
    },
  );
}

/** A message whose content contradicts the protocol or itself. */
export function badMessage(what: string, details: ErrorDetails = {}, cause?: unknown): TradingError {
  return new TradingError('BROKER_BAD_MESSAGE', what, { details, ...(cause === undefined ? {} : { cause }) });
}

export function streamRefused(why: string): TradingError {
  return new TradingError('BROKER_AUTH', `The order stream was refused: ${why}`, { ...hintFor('BROKER_AUTH') });
}

export function streamLost(why: string): TradingError {
  return new TradingError('BROKER_UNAVAILABLE', `The order stream is not available: ${why}`);
}

function hintFor(code: ErrorCode): { readonly hint?: string } {
  const hint = HINTS[code];
  return hint === undefined ? {} : { hint };
}

function facts(values: Readonly<Record<string, string | number | undefined>>): ErrorDetails {
  const kept: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(values)) if (value !== undefined) kept[key] = value;
  return kept;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
