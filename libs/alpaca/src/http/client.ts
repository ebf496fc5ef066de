import { type Clock, MICROS_PER_MILLI, type Random, type TradingError, isTradingError } from '@trading-agent/core';
import {
  type Method,
  type RequestFacts,
  connectionError,
  isRetryableStatus,
  statusError,
  unreadable,
} from '../errors.ts';
import type { Log } from '../log.ts';
import { type Sleep, backoffMs, retryAfterMs } from '../retry.ts';
import { errorBodySchema } from './models.ts';

export interface RestClientOptions {
  readonly baseUrl: string;
  readonly keyId: string;
  readonly secretKey: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly log: Log;
}

interface RequestParts {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The first try and three more, for GET alone. */
const ATTEMPTS = 4;
const BACKOFF = { firstMs: 500, capMs: 10_000 };
const LONGEST_WAIT_MS = 60_000;

/** Alpaca's trading REST over fetch: keys in headers, bounded time; only GET is ever repeated. */
export class RestClient {
  readonly #options: RestClientOptions;

  constructor(options: RestClientOptions) {
    this.#options = options;
  }

  /** The answer's JSON. @throws {TradingError} `BROKER_*`, `TIMEOUT`. */
  async get(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const { clock, random, sleep, log } = this.#options;
    for (let attempt = 0; ; attempt++) {
      let error: TradingError;
      let wait = backoffMs(attempt, BACKOFF, random);
      try {
        return await this.#once('GET', path, { query }, (status, retryAfter) => {
          if (!isRetryableStatus(status)) return;
          const asked = retryAfterMs(retryAfter, clock.now() / MICROS_PER_MILLI) ?? 0;
          wait = Math.max(wait, Math.min(asked, LONGEST_WAIT_MS));
        });
      } catch (cause) {
        if (!isTradingError(cause) || !cause.retryable || attempt + 1 >= ATTEMPTS) throw cause;
        error = cause;
      }
      log.warn({ code: error.code, path, attempt: attempt + 1, waitMs: wait }, 'broker request is repeated');
      await sleep(wait, NEVER);
    }
  }

  /** Sends once, whatever happens. @throws {TradingError} `BROKER_*`; `ORDER_FATE_UNKNOWN` when it may have been received. */
  post(path: string, body: unknown): Promise<unknown> {
    return this.#once('POST', path, { body });
  }

  /** As `post`. */
  delete(path: string): Promise<unknown> {
    return this.#once('DELETE', path, {});
  }

  async #once(
    method: Method,
    path: string,
    parts: RequestParts,
    onRefusal: (status: number, retryAfter: string | null) => void = () => {},
  ): Promise<unknown> {
    const { baseUrl, keyId, secretKey, timeoutMs } = this.#options;
    const request: RequestFacts = { method, path };
    const url = new URL(baseUrl + path);
    for (const [key, value] of Object.entries(parts.query ?? {})) url.searchParams.set(key, value);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        headers: {
          'APCA-API-KEY-ID': keyId,
          'APCA-API-SECRET-KEY': secretKey,
          accept: 'application/json',
          ...(parts.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }),
        // A redirect could carry the keys elsewhere and would repeat a submission.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await response.text();
    } catch (cause) {
      throw connectionError(request, cause, timeoutMs);
    }
    if (response.status < 200 || response.status >= 300) {
      onRefusal(response.status, response.headers.get('retry-after'));
      throw statusError(request, {
        status: response.status,
        requestId: response.headers.get('x-request-id') ?? undefined,
        ...words(text),
      });
    }
    if (text === '') return undefined;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw unreadable(request, cause);
    }
  }
}

const NEVER = new AbortController().signal;

/** Alpaca's code and sentence; a body may be HTML or nothing, then the status speaks alone. */
function words(text: string): { alpacaCode: number | undefined; alpacaMessage: string | undefined } {
  try {
    const body = errorBodySchema.parse(JSON.parse(text));
    return { alpacaCode: body.code ?? undefined, alpacaMessage: body.message?.slice(0, 300) };
  } catch {
    return { alpacaCode: undefined, alpacaMessage: undefined };
  }
}
