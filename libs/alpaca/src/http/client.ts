import { type Clock, MICROS_PER_MILLI, type Random, type TradingError, isTradingError } from '@trading-agent/core';
import {
  type HttpAnswer,
  type Log,
  type Sleep,
  endpoint,
  exchange,
  repeated,
  retryAfterMs,
  withoutSecrets,
} from '@trading-agent/transport';
import {
  type Method,
  type RequestFacts,
  connectionError,
  isRetryableStatus,
  statusError,
  unreadable,
} from '../errors.ts';
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

/** Alpaca's trading REST over fetch: keys in headers, bounded time; only GET is ever repeated. */
export class RestClient {
  readonly #options: RestClientOptions;

  constructor(options: RestClientOptions) {
    this.#options = options;
  }

  /** The answer's JSON. @throws {TradingError} `BROKER_*`, `TIMEOUT`. */
  async get(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const { clock, random, sleep, log } = this.#options;
    const request: RequestFacts = { method: 'GET', path };
    const answer = await repeated<HttpAnswer>(
      async () => {
        try {
          const value = await this.#send(request, { query });
          if (isSuccess(value)) return { value };
          const askedMs = retryAfterMs(value.header('retry-after'), clock.now() / MICROS_PER_MILLI);
          return { error: this.#refusal(request, value), again: isRetryableStatus(value.status), askedMs };
        } catch (error) {
          if (!isTradingError(error)) throw error;
          return { error, again: error.retryable };
        }
      },
      {
        attempts: ATTEMPTS,
        backoff: BACKOFF,
        random,
        sleep,
        signal: NEVER,
        onRepeat: ({ code }, attempt, waitMs) =>
          log.warn({ code, path, attempt, waitMs }, 'broker request is repeated'),
      },
    );
    return parsed(request, answer);
  }

  /** Sends once, whatever happens. @throws {TradingError} `BROKER_*`; `ORDER_FATE_UNKNOWN` when it may have been received. */
  post(path: string, body: unknown): Promise<unknown> {
    return this.#once('POST', path, { body });
  }

  /** As `post`. */
  delete(path: string): Promise<unknown> {
    return this.#once('DELETE', path, {});
  }

  async #once(method: Method, path: string, parts: RequestParts): Promise<unknown> {
    const request: RequestFacts = { method, path };
    const answer = await this.#send(request, parts);
    if (!isSuccess(answer)) throw this.#refusal(request, answer);
    return parsed(request, answer);
  }

  async #send(request: RequestFacts, { query, body }: RequestParts): Promise<HttpAnswer> {
    const { baseUrl, keyId, secretKey, timeoutMs } = this.#options;
    try {
      return await exchange({
        method: request.method,
        url: endpoint(baseUrl, request.path, query),
        headers: {
          'APCA-API-KEY-ID': keyId,
          'APCA-API-SECRET-KEY': secretKey,
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        timeoutMs,
      });
    } catch (cause) {
      throw connectionError(request, cause, timeoutMs);
    }
  }

  /** With Alpaca's code and sentence; a body may be HTML or nothing, then the status speaks alone. */
  #refusal(request: RequestFacts, { status, header, text }: HttpAnswer): TradingError {
    const { keyId, secretKey } = this.#options;
    let alpacaCode: number | undefined;
    let alpacaMessage: string | undefined;
    try {
      const body = errorBodySchema.parse(JSON.parse(text));
      alpacaCode = body.code ?? undefined;
      alpacaMessage = typeof body.message === 'string' ? withoutSecrets(body.message, [keyId, secretKey]) : undefined;
    } catch {
      // The status alone decides.
    }
    return statusError(request, { status, requestId: header('x-request-id') ?? undefined, alpacaCode, alpacaMessage });
  }
}

const NEVER = new AbortController().signal;

function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

function parsed(request: RequestFacts, { text }: HttpAnswer): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(request, cause);
  }
}
