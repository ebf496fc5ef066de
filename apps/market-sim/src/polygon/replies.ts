import type { Context } from 'hono';
import { jsonResponse } from '../http/json.ts';

/** A request that names something the vendor would refuse; becomes a 400 with the reason. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

/** The vendor's envelopes, each with a request id. */
export class PolygonReplies {
  readonly #nextId: () => string;
  readonly #nextUrlOrigin: string | undefined;

  /** `nextUrlOrigin`: what `next_url` names instead of the origin that the request came to. */
  constructor(nextId: () => string, nextUrlOrigin?: string) {
    this.#nextId = nextId;
    this.#nextUrlOrigin = nextUrlOrigin;
  }

  ok(context: Context, body: Record<string, unknown>): Response {
    return jsonResponse(context, {
      ...body,
      ...this.#next(body['next_url']),
      status: 'OK',
      request_id: this.#nextId(),
    });
  }

  #next(url: unknown): { readonly next_url?: string } {
    if (typeof url !== 'string' || this.#nextUrlOrigin === undefined) return {};
    const { pathname, search } = new URL(url);
    return { next_url: new URL(pathname + search, this.#nextUrlOrigin).href };
  }

  badRequest(context: Context, error: string): Response {
    return jsonResponse(context, { status: 'ERROR', request_id: this.#nextId(), error }, 400);
  }

  unauthorized(context: Context, error: 'API Key was not provided' | 'Unknown API Key'): Response {
    return jsonResponse(context, { status: 'ERROR', request_id: this.#nextId(), error }, 401);
  }

  tooMany(context: Context): Response {
    const error =
      "You've exceeded the maximum requests per minute, please wait or upgrade your subscription to continue.";
    return jsonResponse(context, { status: 'ERROR', request_id: this.#nextId(), error }, 429);
  }

  notEntitled(context: Context): Response {
    const message = 'You are not entitled to this data. Please upgrade your plan.';
    return jsonResponse(context, { status: 'NOT_AUTHORIZED', request_id: this.#nextId(), message }, 403);
  }

  notFound(context: Context, message: string): Response {
    return jsonResponse(context, { status: 'NOT_FOUND', request_id: this.#nextId(), message }, 404);
  }

  failed(context: Context, error: string): Response {
    return jsonResponse(context, { status: 'ERROR', request_id: this.#nextId(), error }, 500);
  }
}
