import type { FaultyAnswer, Facts } from '../faults/effects.ts';

/** The rooms that share the simulator's HTTP port. */
export type RestRoom = 'polygon' | 'alpaca';

export interface RequestFacts extends Facts {
  readonly room: RestRoom;
  readonly method: string;
  readonly path: string;
}

/** Both vendors have a `/v2`; these beginnings are the market data vendor's, what remains of `/v2` and the data paths are the broker's. */
const POLYGON = [
  '/v1/',
  '/v3/',
  '/v2/aggs/',
  '/v2/last/',
  '/v2/snapshot/',
  '/v2/reference/',
  '/fed/',
  '/stocks/',
  '/options/',
];
const ALPACA = ['/v2/', '/v1beta1/'];

/** The room that a path belongs to; `null` for the simulator's own (`/admin`) and unknown ones. */
export function roomOfPath(path: string): RestRoom | null {
  if (POLYGON.some((beginning) => path.startsWith(beginning))) return 'polygon';
  return ALPACA.some((beginning) => path.startsWith(beginning)) ? 'alpaca' : null;
}

/** What faults are chosen by; the body is read from a copy. */
export async function requestFacts(request: Request): Promise<RequestFacts | null> {
  const url = new URL(request.url);
  const room = roomOfPath(url.pathname);
  if (room === null) return null;
  const key =
    room === 'alpaca'
      ? request.headers.get('apca-api-key-id')
      : (/^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? url.searchParams.get('apiKey'));
  const { method } = request;
  return {
    room,
    method,
    path: decoded(url.pathname + url.search),
    ...(key !== null && { key }),
    ...(method !== 'GET' && method !== 'HEAD' && { body: await request.clone().text() }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const ALPACA_CODES: Readonly<Record<number, number>> = { 429: 42910000 };

/** The vendor's own form of an error. */
export function errorBody(room: RestRoom, { status, words }: FaultyAnswer, requestId: string): object {
  return room === 'polygon'
    ? { status: 'ERROR', request_id: requestId, error: words }
    : { code: ALPACA_CODES[status] ?? status * 100_000 + 10_000, message: words };
}

/** What a key is told that was taken back (PROVIDERS A2, C1). */
export function revokedAnswer(room: RestRoom, requestId: string): Response {
  return room === 'polygon'
    ? Response.json({ status: 'ERROR', request_id: requestId, error: 'Unknown API Key' }, { status: 401 })
    : Response.json({ message: 'unauthorized.' }, { status: 401, headers: { 'x-request-id': requestId } });
}
