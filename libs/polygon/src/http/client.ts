import { type Clock, MICROS_PER_MILLI, type Random, type TradingError, isTradingError } from '@trading-agent/core';
import type { RequestBudget, RequestPriority } from '@trading-agent/market-data';
import type { PolygonCounters } from '../counters.ts';
import { type RequestFacts, badMessage, connectionError, isRetryableStatus, statusError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Sleep, backoffMs, retryAfterMs } from '../retry.ts';
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
/** A `Retry-After` beyond this is waited for this long only; the last error then stands. */
const LONGEST_WAIT_MS = 60_000;
/** 400 pages are 400,000 contracts or 100,000 snapshot rows: more than the whole market of one underlying. */
const MAX_PAGES = 400;
/** Hosts that the provider's own `next_url` may name, old name and new (PROVIDERS A2). */
const PROVIDER_HOSTS = ['api.massive.com', 'api.polygon.io'];

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly etag: string | null;
  readonly text: string;
}

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
    const url = new URL(this.#base.href.replace(/\/+$/, '') + path);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    return url;
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

  async #ask(url: URL, maxAgeMs: number): Promise<Fetched> {
    const request: RequestFacts = { method: 'GET', path: url.pathname };
    const { clock, random, sleep, log, counters } = this.#options;
    for (let attempt = 0; ; attempt++) {
      let error: TradingError;
      let wait = backoffMs(attempt, BACKOFF, random);
      let again: boolean;
      try {
        const answer = await this.#send(url, request);
        if (answer.status >= 200 && answer.status < 300) {
          const fetched = { body: parseBody(answer.text, request), text: answer.text };
          if (maxAgeMs > 0 || answer.etag !== null) this.#cache.put(url.href, fetched, answer.etag, this.#millis());
          return fetched;
        }
        const confirmed = answer.status === 304 ? this.#cache.confirmed(url.href, this.#millis()) : undefined;
        if (confirmed) return confirmed;
        error = this.#refusal(request, answer);
        again = isRetryableStatus(answer.status);
        wait = Math.max(
          wait,
          Math.min(retryAfterMs(answer.retryAfter, clock.now() / MICROS_PER_MILLI) ?? 0, LONGEST_WAIT_MS),
        );
      } catch (cause) {
        if (!isTradingError(cause)) throw cause;
        error = cause;
        again = cause.code === 'FEED_UNAVAILABLE' || cause.code === 'TIMEOUT';
      }
      if (!again || attempt + 1 >= ATTEMPTS) throw error;
      counters.retries++;
      log.warn(
        { code: error.code, path: request.path, attempt: attempt + 1, waitMs: wait },
        'market data request is repeated',
      );
      try {
        await sleep(wait, this.#closing.signal);
      } catch (cause) {
        throw connectionError(request, cause, this.#options.timeoutMs);
      }
    }
  }

  async #send(url: URL, request: RequestFacts): Promise<Answer> {
    const { apiKey, timeoutMs, budget, priority } = this.#options;
    await budget?.take(priority ?? 'scan', this.#closing.signal);
    const etag = this.#cache.etag(url.href);
    try {
      const response = await fetch(url, {
        headers: {
          authorization: `Bearer ${apiKey}`,
          accept: 'application/json',
          ...(etag !== undefined && { 'if-none-match': etag }),
        },
        // A redirect could carry the key elsewhere; the provider uses none.
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#closing.signal]),
      });
      const text = await response.text();
      return {
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        etag: response.headers.get('etag'),
        text,
      };
    } catch (cause) {
      throw connectionError(request, cause, timeoutMs);
    }
  }

  #refusal(request: RequestFacts, answer: Answer): TradingError {
    let words = '';
    let requestId = '';
    try {
      const body = errorBodySchema.parse(JSON.parse(answer.text));
      words = body.error ?? body.message ?? '';
      requestId = body.request_id ?? '';
    } catch {
      // Bodies of errors may be HTML, plain text or nothing; the status alone decides.
    }
    return statusError(request, answer.status, words.replaceAll(this.#options.apiKey, '***').slice(0, 300), requestId);
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
