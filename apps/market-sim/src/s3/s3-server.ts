import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type EffectAt, FAULTLESS, type FaultPort } from '../faults/effects.ts';
import { skewMillis } from '../faults/vendor-clock.ts';
import { htmlPage } from '../http/faulty-fetch.ts';
import { ObjectStore } from './object-store.ts';
import { ObjectVersions } from './object-versions.ts';
import { type SigningKeys, signatureProblem } from './sigv4.ts';

export interface S3SimOptions {
  /** Folder in the flat-file layout. */
  readonly root: string;
  readonly bucket: string;
  readonly keys: SigningKeys;
  /** Prefixes outside the plan: listed, but GET and HEAD answer 403 without a body. */
  readonly unentitled?: readonly string[];
  /** Keys on a page of a listing at most; 1,000 unless given. */
  readonly pageSize?: number;
  readonly now?: () => number;
  /** Bytes of the body after which the connection of this GET is cut (`undefined`: none). Called once for each GET of an object. */
  readonly cutAfter?: (key: string) => number | undefined;
  readonly faults?: FaultPort;
}

const MOST_KEYS = 1_000;

/**
 * A server for the flat files as the vendor's S3 answers: path style, signatures verified, the whole bucket listable in pages, Range and
 * If-Match, 403 with an empty body outside the plan. Read only.
 */
export function s3Server(options: S3SimOptions): Server {
  const faults = options.faults ?? FAULTLESS;
  const store = new ObjectStore(options.root);
  const room: S3Room = { options, store, faults, versions: new ObjectVersions(store, faults) };
  return createServer((request, response) => {
    request.resume();
    const method = request.method ?? 'GET';
    const effects = faults.isQuiet('request')
      ? []
      : faults.strike('request', { room: 's3', method, path: keyOf(request.url ?? '/') });
    if (effects.length === 0) answer(room, request, response);
    else void answerFaultily(room, effects, request, response);
  });
}

interface S3Room {
  readonly options: S3SimOptions;
  readonly store: ObjectStore;
  readonly faults: FaultPort;
  readonly versions: ObjectVersions;
}

/** Never rejects. */
async function answerFaultily(
  room: S3Room,
  effects: readonly EffectAt<'request'>[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const effect of effects) if (effect.do === 'wait') await delay(effect.millis);
  for (const effect of effects) {
    if (effect.do === 'wait') continue;
    // Reading changes nothing: taken or not, the answer is lost.
    if (effect.do === 'lose') return void response.destroy();
    const { status, body, words, retryAfter } = effect.answer;
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    if (body === 'json')
      return fail(response, request.method ?? 'GET', status, status === 429 ? 'SlowDown' : 'InternalError');
    response.writeHead(status, body === 'html' ? { 'content-type': 'text/html' } : {});
    return void response.end(body === 'html' ? htmlPage({ status, words }) : undefined);
  }
  answer(room, request, response);
}

/** What of a path lies below the bucket. */
function keyOf(url: string): string {
  return url.split('?')[0]?.split('/').slice(2).join('/') ?? '';
}

function answer(room: S3Room, request: IncomingMessage, response: ServerResponse): void {
  const { options, faults } = room;
  const url = request.url ?? '/';
  const method = request.method ?? 'GET';
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
  const now = (options.now ?? Date.now)() + skewMillis({ room: 's3', key: options.keys.accessKey }, faults);
  if (faults.standing('key', { room: 's3', key: options.keys.accessKey }).length > 0)
    return fail(response, method, 403, 'InvalidAccessKeyId');
  const problem = signatureProblem({ method, url, headers }, options.keys, now);
  if (problem !== undefined) return fail(response, method, 403, problem);
  if (method !== 'GET' && method !== 'HEAD') return fail(response, method, 405, 'MethodNotAllowed');
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, bucket, ...rest] = pathname.split('/').map(decodeURIComponent);
  if (bucket !== options.bucket) return fail(response, method, 404, 'NoSuchBucket');
  const key = rest.join('/');
  if (key === '') return list(room, searchParams, response, method);
  if (options.unentitled?.some((prefix) => key.startsWith(prefix)) === true) {
    response.writeHead(403).end();
    return;
  }
  sendObject(room, { key, method, headers }, response);
}

function list(
  { options, store, versions }: S3Room,
  query: URLSearchParams,
  response: ServerResponse,
  method: string,
): void {
  if (query.get('list-type') !== '2') return fail(response, method, 501, 'NotImplemented');
  const asked = Number(query.get('max-keys') ?? MOST_KEYS);
  if (!Number.isInteger(asked) || asked < 0) return fail(response, method, 400, 'InvalidArgument');
  const size = Math.min(asked, options.pageSize ?? MOST_KEYS);
  const prefix = query.get('prefix') ?? '';
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const keys = store
    .keys(prefix)
    .filter((key) => after === '' || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
  const page = keys.slice(0, size);
  const last = page.at(-1);
  const truncated = keys.length > page.length;
  const contents = page.flatMap((key) => {
    const object = versions.look(key, 'LIST');
    if (object === undefined) return [];
    const { etag, modified } = object;
    // `Type` is the vendor's own element.
    return `<Contents><Key>${escaped(key)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${object.size}</Size><StorageClass>STANDARD</StorageClass><Type>Normal</Type></Contents>`;
  });
  const next =
    truncated && last !== undefined
      ? `<NextContinuationToken>${Buffer.from(last).toString('base64url')}</NextContinuationToken>`
      : '';
  xml(
    response,
    200,
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${escaped(options.bucket)}</Name><Prefix>${escaped(prefix)}</Prefix><KeyCount>${contents.length}</KeyCount><MaxKeys>${size}</MaxKeys><IsTruncated>${truncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  );
}

interface ObjectRequest {
  readonly key: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

function sendObject(
  { options, versions }: S3Room,
  { key, method, headers }: ObjectRequest,
  response: ServerResponse,
): void {
  const object = versions.look(key, method === 'HEAD' ? 'HEAD' : 'GET');
  if (object === undefined) return fail(response, method, 404, 'NoSuchKey');
  const condition = headers['if-match'];
  if (condition !== undefined && condition !== '*' && condition.replaceAll('"', '') !== object.etag) {
    return fail(response, method, 412, 'PreconditionFailed');
  }
  const range = byteRange(headers['range'], object.size);
  if (range === 'unsatisfiable') return fail(response, method, 416, 'InvalidRange');
  const { from, to } = range ?? { from: 0, to: object.size - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': to - from + 1,
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    'last-modified': object.modified.toUTCString(),
    ...(range && { 'content-range': `bytes ${from}-${to}/${object.size}` }),
  });
  if (method === 'HEAD' || object.size === 0) {
    response.end();
    return;
  }
  const cut = options.cutAfter?.(key) ?? object.cutAfter;
  if (cut === undefined || cut > to - from) {
    object
      .read(from, to)
      .on('error', () => response.destroy())
      .pipe(response);
    return;
  }
  // What came is sent out before the connection goes.
  object
    .read(from, from + Math.max(cut, 1) - 1)
    .on('error', () => response.destroy())
    .on('end', () => response.write('', () => response.destroy()))
    .pipe(response, { end: false });
}

function byteRange(
  header: string | undefined,
  size: number,
): { from: number; to: number } | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return from >= size || to < from ? 'unsatisfiable' : { from, to };
}

function fail(response: ServerResponse, method: string, status: number, code: string): void {
  if (method === 'HEAD') {
    response.writeHead(status).end();
    return;
  }
  xml(response, status, `<Error><Code>${code}</Code><Message>${code}</Message><RequestId>sim</RequestId></Error>`);
}

function xml(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
