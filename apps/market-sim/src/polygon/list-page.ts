import type { Context } from 'hono';
import { nextUrl, readCursor } from './cursor.ts';
import { Parameters } from './parameters.ts';
import type { PolygonReplies } from './replies.ts';

/** The limits that an endpoint documents for its rows per page. */
export interface PageLimits {
  readonly standard: number;
  readonly most: number;
}

/** One page of the rows that `find` has for the request's parameters, with a cursor to the next. */
export async function listPage(
  context: Context,
  replies: PolygonReplies,
  limits: PageLimits,
  find: (parameters: Parameters) => readonly unknown[] | Promise<readonly unknown[]>,
  shape: (rows: readonly unknown[]) => Record<string, unknown> = (results) => ({ results }),
): Promise<Response> {
  const cursor = readCursor(context.req.query());
  const parameters = new Parameters(cursor.query);
  const limit = parameters.limit(limits.standard, limits.most);
  const found = await find(parameters);
  const rows = found.slice(cursor.offset, cursor.offset + limit);
  const offset = cursor.offset + rows.length;
  return replies.ok(context, {
    ...shape(rows),
    ...(offset < found.length && { next_url: nextUrl(context.req.url, { query: cursor.query, offset }) }),
  });
}
