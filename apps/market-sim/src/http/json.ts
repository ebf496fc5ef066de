import { type Micros, deriveUuid, nanosText } from '@trading-agent/core';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

declare global {
  interface JSON {
    /** Text that `JSON.stringify` writes as it stands (ES2025, JSON.parse source text access). */
    rawJSON(text: string): unknown;
  }
}

/** Nanoseconds since the epoch as a JSON integer, written exactly: a double could not hold it. */
export function jsonNanos(at: Micros): unknown {
  return JSON.rawJSON(nanosText(at));
}

export function jsonResponse(context: Context, body: unknown, status: ContentfulStatusCode = 200): Response {
  return context.body(JSON.stringify(body), status, { 'content-type': 'application/json' });
}

/** Ids for requests: the same requests in the same order have the same ids. */
export function requestIds(scope: string): () => string {
  let count = 0;
  return () => deriveUuid(scope, count++).replaceAll('-', '');
}
