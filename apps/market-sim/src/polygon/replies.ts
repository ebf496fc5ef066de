import type { Context } from 'hono';
import { jsonResponse } from '../http/json.ts';

/** A request that names something the vendor would refuse; becomes a 400 with the reason. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

/** The vendor's envelopes, each with a request id. */
export class PolygonReplies {
  readonly #nextId: () => string;

  constructor(nextId: () => string) {
    this.#nextId = nextId;
  }

  ok(context: Context, body: Record<string, unknown>): Response {
    return jsonResponse(context, { ...body, status: 'OK', request_id: this.#nextId() });
  }

  badRequest(context: Context, error: string): Response {
    return jsonResponse(context, { status: 'ERROR', request_id: this.#nextId(), error }, 400);
  }

  unauthorized(context: Context, error: 'API Key was not provided' | 'Unknown API Key'): Response {
    return jsonResponse(context, { status: 'ERROR', request_id: this.#nextId(), error }, 401);
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
