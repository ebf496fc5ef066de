import { z } from 'zod';
import { BadRequest } from './replies.ts';

const schema = z.strictObject({ query: z.record(z.string(), z.string()), offset: z.number().int().nonnegative() });

/** Where a list goes on: the first request's parameters (never the key) and how many rows have been given. */
export interface Cursor {
  readonly query: Readonly<Record<string, string>>;
  readonly offset: number;
}

/** The query of a request or, when it goes on with an earlier one, what its cursor holds. */
export function readCursor(query: Readonly<Record<string, string>>): Cursor {
  const { cursor, apiKey: _key, ...own } = query;
  if (cursor === undefined) return { query: own, offset: 0 };
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new BadRequest(`'cursor' is not one that this server gave`);
  }
}

/** Absolute URL of the next page on the origin and path that the request came to; it holds nothing but the cursor. */
export function nextUrl(requestUrl: string, cursor: Cursor): string {
  const { origin, pathname } = new URL(requestUrl);
  return `${origin}${pathname}?cursor=${Buffer.from(JSON.stringify(cursor)).toString('base64url')}`;
}
