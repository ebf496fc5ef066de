import { type Clock, MICROS_PER_MILLI, type Random, type TradingError, isTradingError } from '@trading-agent/core';
import type { RequestBudget, RequestPriority } from '@trading-agent/market-data';
import {
  type HttpAnswer,
  type Log,
  type Outcome,
  type Sleep,
  endpoint,
  exchange,
  repeated,
  retryAfterMs,
  withoutSecrets,
} from '@trading-agent/transport';
import type { PolygonCounters } from '../counters.ts';
import { type RequestFacts, badMessage, connectionError, isRetryableStatus, statusError } from '../errors.ts';
import { AnswerCache, type Fetched } from './answer-cache.ts';
import { parseExactJson } from './json.ts';
import { envelopeSchema, errorBodySchema, linkSchema } from './models.ts';

export interface RestClientOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly log: Log;
  readonly counters: PolygonCounters;
  /** Asked for a token before every request, repeats and pages included; without one nothing holds requests back. */
  readonly budget?: Pick<RequestBudget, 'take'>;
  readonly priority?: RequestPriority;
}

/** How old an answer may be; 0, the default, always asks. Whoever asks while the same question is under way shares its answer in any case. */
export interface Freshness {
  readonly maxAgeMs?: number;
}

/** The first try and three more. */
const ATTEMPTS = 4;
const BACKOFF = { firstMs: 1_000, capMs: 20_000 };
/** 400 pages are 400,000 contracts or 100,000 snapshot rows: more than the whole market of one underlying. */
const MAX_PAGES = 400;
/** Hosts that the provider's own `next_url` may name, old name and new (PROVIDERS A2). */
const PROVIDER_HOSTS = ['api.massive.com', 'api.polygon.io'];

/** GET over fetch with the key in a header: one origin, bounded time, bounded repeats. */
export class RestClient {
  readonly #options: RestClientOptions;
  readonly #base: URL;
  readonly #closing = new AbortController();
  readonly #cache = new AnswerCache();
  readonly #underWay = new Map<string, Promise<Fetched>>();

  constructor(options: RestClientOptions) {
    this.#options = options;
    this.#base = new URL(options.baseUrl);
  }

  close(): void {
    this.#closing.abort();
  }

  /**
   * All rows of a paged list, page after page. A row is whatever JSON the provider put there.
   * @throws {TradingError} `FEED_*`, `TIMEOUT`, `CANCELLED`; `FEED_BAD_MESSAGE` when pages repeat, leave the origin or never end.
   */
  async *pages(path: string, query: Readonly<Record<string, string>>): AsyncGenerator<readonly unknown[]> {
    for await (const { body } of this.answers(path, query)) {
      const envelope = envelopeSchema.safeParse(body);
      if (!envelope.success) throw notAList(path, envelope.error);
      yield envelope.data.results ?? [];
    }
  }

  /** One answer, whatever its shape. */
  answer(path: string, query: Readonly<Record<string, string>>, freshness: Freshness = {}): Promise<Fetched> {
    return this.#get(this.#url(path, query), freshness);
  }

  /**
   * Every page of an answer, each whole, following `next_url`.
   * @throws {TradingError} as `pages`.
   */
  async *answers(
    path: string,
    query: Readonly<Record<string, string>>,
    freshness: Freshness = {},
  ): AsyncGenerator<Fetched> {
    let url: URL | undefined = this.#url(path, query);
    const seen = new Set<string>();
    for (let page = 0; url; page++) {
      if (page >= MAX_PAGES) throw badMessage(`${path} has more than ${MAX_PAGES} pages`, { path, pages: page });
      if (seen.has(url.href)) throw badMessage(`${path} leads to the same page twice`, { path, page });
      seen.add(url.href);
      const fetched: Fetched = await this.#get(url, freshness);
      yield fetched;
      const body = linkSchema.safeParse(fetched.body);
      if (!body.success) throw notAList(path, body.error);
      const next: string | null | undefined = body.data.next_url;
      url = next ? this.#nextUrl(next, path) : undefined;
    }
  }

  #url(path: string, query: Readonly<Record<string, string>>): URL {
    return endpoint(this.#base.href, path, query);
  }

  /** The page that `next_url` names, on our own origin; another origin never sees the key. */
  #nextUrl(next: string, path: string): URL {
    let named: URL;
    try {
      named = new URL(next, this.#base);
    } catch (cause) {
      throw badMessage(`${path} names a next page that is not a URL`, { path }, cause);
    }
    named.searchParams.delete('apiKey');
    if (named.origin === this.#base.origin) return named;
    if (!PROVIDER_HOSTS.includes(named.hostname))
      throw badMessage(`${path} names a next page on the foreign host ${named.hostname}`, { path });
    return new URL(this.#base.href.replace(/\/+$/, '') + named.pathname + named.search);
  }

  #get(url: URL, { maxAgeMs = 0 }: Freshness): Promise<Fetched> {
    const known = this.#cache.fresh(url.href, maxAgeMs, this.#millis());
    if (known) return Promise.resolve(known);
    const asked = this.#underWay.get(url.href);
    if (asked) return asked;
    const asking = this.#ask(url, maxAgeMs).finally(() => this.#underWay.delete(url.href));
    this.#underWay.set(url.href, asking);
    return asking;
  }

  #millis(): number {
    return this.#options.clock.now() / MICROS_PER_MILLI;
  }

  #ask(url: URL, maxAgeMs: number): Promise<Fetched> {
    const request: RequestFacts = { method: 'GET', path: url.pathname };
    const { random, sleep, log, counters, timeoutMs } = this.#options;
    return repeated(() => this.#once(url, request, maxAgeMs), {
      attempts: ATTEMPTS,
      backoff: BACKOFF,
      random,
      signal: this.#closing.signal,
      sleep: (ms, signal) =>
        sleep(ms, signal).catch((cause: unknown) => {
          throw connectionError(request, cause, timeoutMs);
        }),
      onRepeat: ({ code }, attempt, waitMs) => {
        counters.retries++;
        log.warn({ code, path: request.path, attempt, waitMs }, 'market data request is repeated');
      },
    });
  }

  async #once(url: URL, request: RequestFacts, maxAgeMs: number): Promise<Outcome<Fetched>> {
    let answer: HttpAnswer;
    try {
      answer = await this.#send(url, request);
    } catch (error) {
      if (!isTradingError(error)) throw error;
      return { error, again: error.code === 'FEED_UNAVAILABLE' || error.code === 'TIMEOUT' };
    }
    if (answer.status >= 200 && answer.status < 300) {
      const value = { body: parseBody(answer.text, request), text: answer.text };
      const etag = answer.header('etag');
      if (maxAgeMs > 0 || etag !== null) this.#cache.put(url.href, value, etag, this.#millis());
      return { value };
    }
    const confirmed = answer.status === 304 ? this.#cache.confirmed(url.href, this.#millis()) : undefined;
    if (confirmed) return { value: confirmed };
    return {
      error: this.#refusal(request, answer),
      again: isRetryableStatus(answer.status),
      askedMs: retryAfterMs(answer.header('retry-after'), this.#millis()),
    };
  }

  async #send(url: URL, request: RequestFacts): Promise<HttpAnswer> {
    const { apiKey, timeoutMs, budget, priority } = this.#options;
    await budget?.take(priority ?? 'scan', this.#closing.signal);
    const etag = this.#cache.etag(url.href);
    try {
      return await exchange({
        method: 'GET',
        url,
        headers: {
          authorization: `Bearer ${apiKey}`,
          accept: 'application/json',
          ...(etag !== undefined && { 'if-none-match': etag }),
        },
        timeoutMs,
        signal: this.#closing.signal,
      });
    } catch (cause) {
      throw connectionError(request, cause, timeoutMs);
    }
  }

  #refusal(request: RequestFacts, answer: HttpAnswer): TradingError {
    let words = '';
    let requestId = '';
    try {
      const body = errorBodySchema.parse(JSON.parse(answer.text));
      words = body.error ?? body.message ?? '';
      requestId = body.request_id ?? '';
    } catch {
      // Bodies of errors may be HTML, plain text or nothing; the status alone decides.
    }
    return statusError(request, answer.status, withoutSecrets(words, [this.#options.apiKey]), requestId);
  }
}

function notAList(path: string, cause: unknown): TradingError {
  return badMessage(`${path} answered something that is not a result list`, { path }, cause);
}

function parseBody(text: string, request: RequestFacts): unknown {
  try {
    return parseExactJson(text);
  } catch (cause) {
    throw badMessage(
      `${request.method} ${request.path} answered something that is not JSON`,
      { path: request.path },
      cause,
    );
  }
}
