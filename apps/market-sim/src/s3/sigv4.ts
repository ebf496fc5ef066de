import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedRequest {
  readonly method: string;
  /** As it came, undecoded: path and query. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface SigningKeys {
  readonly accessKey: string;
  readonly secretKey: string;
}

export type SignatureProblem =
  | 'AccessDenied'
  | 'InvalidAccessKeyId'
  | 'SignatureDoesNotMatch'
  | 'RequestTimeTooSkewed'
  | 'AuthorizationHeaderMalformed';

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/\s]+)\/(\d{8})\/([^/\s]+)\/([^/\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const MOST_SKEW_MILLIS = 15 * 60_000;

/**
 * What is wrong with the signature of `request`, `undefined` when it is right. AWS Signature Version 4 by header
 * (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html); bodies are not read, a GET has none.
 */
export function signatureProblem(
  request: SignedRequest,
  keys: SigningKeys,
  nowMillis: number,
): SignatureProblem | undefined {
  const { authorization, host } = request.headers;
  const stamp = request.headers['x-amz-date'] ?? '';
  const payload = request.headers['x-amz-content-sha256'];
  if (authorization === undefined) return 'AccessDenied';
  const [, accessKey, day = '', region = '', service = '', signedHeaders = '', signature = ''] =
    AUTHORIZATION.exec(authorization) ?? [];
  if (accessKey === undefined || payload === undefined || host === undefined) return 'AuthorizationHeaderMalformed';
  if (accessKey !== keys.accessKey) return 'InvalidAccessKeyId';
  const names = signedHeaders.split(';');
  if (service !== 's3' || !names.includes('host') || !stamp.startsWith(day)) return 'AuthorizationHeaderMalformed';
  const unsigned = Object.keys(request.headers).find((name) => name.startsWith('x-amz-') && !names.includes(name));
  if (unsigned !== undefined) return 'AccessDenied';
  const at = Date.parse(stamp.replace(STAMP, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(at - nowMillis) <= MOST_SKEW_MILLIS)) return 'RequestTimeTooSkewed';

  const question = request.url.indexOf('?');
  const path = question < 0 ? request.url : request.url.slice(0, question);
  const query = question < 0 ? '' : request.url.slice(question + 1);
  const canonical = [
    request.method,
    path,
    canonicalQuery(query),
    ...names.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    signedHeaders,
    payload,
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', stamp, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  let key: Buffer = Buffer.from(`AWS4${keys.secretKey}`);
  for (const part of [day, region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
  const expected = createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? undefined : 'SignatureDoesNotMatch';
}

/** Sorted by name, then value, each encoded anew: a client may sign another spelling than it sends. */
function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? '' : pair.slice(equals + 1);
      return [encoded(name), encoded(value)] as const;
    })
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function encoded(text: string): string {
  const byCode = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(decodeURIComponent(text.replaceAll('+', ' '))).replace(/[!'()*]/g, byCode);
}
