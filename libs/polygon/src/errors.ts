import { type ErrorCode, TradingError } from '@trading-agent/core';
import { failureOf } from '@trading-agent/transport';

/** What a refused or broken request was about; never holds the key or the query. */
export interface RequestFacts {
  readonly method: string;
  readonly path: string;
}

const HINTS: Partial<Record<ErrorCode, string>> = {
  FEED_AUTH: 'Check POLYGON_API_KEY: the provider does not know this key.',
  FEED_NOT_ENTITLED: 'The subscribed plan does not cover this data; use another feed for it or upgrade the plan.',
  FEED_RATE_LIMITED: 'Lower the request budget of the tier or wait a minute.',
};

/** The one place where HTTP statuses of Polygon/Massive become our codes (PROVIDERS A2). */
export function codeForStatus(status: number): ErrorCode {
  switch (status) {
    case 400:
      return 'FEED_BAD_REQUEST';
    case 401:
      return 'FEED_AUTH';
    case 403:
      return 'FEED_NOT_ENTITLED';
    case 404:
      return 'FEED_NOT_FOUND';
    case 408:
      return 'TIMEOUT';
    case 413:
      return 'FEED_UNAVAILABLE';
    case 429:
      return 'FEED_RATE_LIMITED';
    default:
      return status >= 500 ? 'FEED_UNAVAILABLE' : 'FEED_BAD_REQUEST';
  }
}

/** GET is repeated on these, and on lost connections; the list is the official Python client's plus 408. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 413 || status === 429 || status >= 500;
}

/** An answer that is not a success. `words` are the provider's own (`error` or `message`), empty when there were none. */
export function statusError(request: RequestFacts, status: number, words: string, requestId: string): TradingError {
  const code = codeForStatus(status);
  const hint = HINTS[code];
  return new TradingError(
    code,
    `${request.method} ${request.path} answered ${status}${words === '' ? '' : `: ${words}`}`,
    {
      ...(hint === undefined ? {} : { hint }),
      details: { status, path: request.path, ...(requestId === '' ? {} : { requestId }) },
    },
  );
}

/** A request without an answer: time ran out, the caller closed, or the connection failed. */
export function connectionError(request: RequestFacts, cause: unknown, timeoutMs: number): TradingError {
  const { kind, reason } = failureOf(cause);
  if (kind === 'timeout') {
    return new TradingError('TIMEOUT', `${request.method} ${request.path} had no answer within ${timeoutMs} ms`, {
      cause,
      details: { path: request.path, timeoutMs },
    });
  }
  if (kind === 'cancelled')
    return new TradingError('CANCELLED', `${request.method} ${request.path}: the feed was closed`, { cause });
  return new TradingError('FEED_UNAVAILABLE', `${request.method} ${request.path}: no connection (${reason})`, {
    cause,
    hint: 'Check the network and the configured URL of the market data provider.',
    details: { path: request.path },
  });
}

/** Text that is not what the protocol says. */
export function badMessage(what: string, details: Record<string, string | number> = {}, cause?: unknown): TradingError {
  return new TradingError('FEED_BAD_MESSAGE', what, { details, ...(cause === undefined ? {} : { cause }) });
}

/** The provider refused the key on a stream: final, never tried again. */
export function streamAuthError(channel: string, words: string): TradingError {
  return new TradingError('FEED_AUTH', `The ${channel} stream refused the key${words === '' ? '' : `: ${words}`}`, {
    hint: 'Check POLYGON_API_KEY, and that the plan includes WebSocket access.',
    details: { channel },
  });
}

/** The key has as many connections as its plan allows: another process uses it, or the provider has not yet forgotten the last one. */
export function tooManyConnections(channel: string): TradingError {
  return new TradingError('FEED_CONNECTION_LIMIT', `The ${channel} stream has too many connections on this key`, {
    hint: 'Let one process use the key; plans allow one connection per cluster.',
    details: { channel },
  });
}

export function streamLost(channel: string, why: string): TradingError {
  return new TradingError('FEED_UNAVAILABLE', `The ${channel} stream is not available: ${why}`, {
    details: { channel },
  });
}
