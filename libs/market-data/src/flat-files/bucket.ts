import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { TradingError } from '@trading-agent/core';

export interface FlatFileBucketOptions {
  /** `https://files.massive.com`. */
  readonly endpoint: string;
  readonly bucket: string;
  /** The keys of the flat files, which are not the API key. */
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region?: string;
  /** Milliseconds to get a connection; 10,000 unless given. */
  readonly connectMillis?: number;
  /** Milliseconds without a byte before a request is given up; 30,000 unless given. */
  readonly idleMillis?: number;
  /** Tries of one request on 5xx and broken connections; 3 unless given. */
  readonly attempts?: number;
}

export interface BucketObject {
  readonly key: string;
  readonly size: number;
  /** Without quotes. An MD5 of the content unless it has a dash (uploaded in parts). */
  readonly etag: string;
}

export interface BucketRange {
  /** First byte wanted. */
  readonly from: number;
  /** Only if the object still has this ETag. */
  readonly etag: string;
}

const MOST_PAGES = 10_000;

/** Loaded by whoever asks a bucket: everything else of this library starts without it, in half the time. */
const sdk = () => import('@aws-sdk/client-s3');

/** The vendor's S3 bucket, read only: path style, SigV4, every request with a time-out. */
export class FlatFileBucket {
  readonly #options: FlatFileBucketOptions;
  readonly #bucket: string;
  readonly #idleMillis: number;
  #client: Promise<S3Client> | undefined;

  constructor(options: FlatFileBucketOptions) {
    this.#options = options;
    this.#bucket = options.bucket;
    this.#idleMillis = options.idleMillis ?? 30_000;
  }

  #connected(): Promise<S3Client> {
    return (this.#client ??= sdk().then(({ S3Client: Client }) => new Client(this.#settings())));
  }

  #settings(): S3ClientConfig {
    const { endpoint, region, attempts, accessKey, secretKey, connectMillis } = this.#options;
    return {
      endpoint,
      region: region ?? 'us-east-1',
      forcePathStyle: true,
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestChecksumCalculation: 'WHEN_REQUIRED',
      maxAttempts: attempts ?? 3,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      requestHandler: {
        connectionTimeout: connectMillis ?? 10_000,
        requestTimeout: this.#idleMillis,
        throwOnRequestTimeout: true,
      },
    };
  }

  /**
   * Objects whose key begins with `prefix`, in key order, page by page.
   * @throws {TradingError} `FEED_AUTH`, `FEED_UNAVAILABLE`, `FEED_BAD_MESSAGE` for a listing that does not end, `CANCELLED`.
   */
  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<BucketObject> {
    const client = await this.#connected();
    const { ListObjectsV2Command } = await sdk();
    let token: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: prefix,
        ...(token !== undefined && { ContinuationToken: token }),
      });
      const answer = await client
        .send(command, { ...(signal && { abortSignal: signal }) })
        .catch((error: unknown) => Promise.reject(bucketError(error, prefix)));
      for (const { Key, Size, ETag } of answer.Contents ?? []) {
        if (Key !== undefined && Size !== undefined) yield { key: Key, size: Size, etag: unquoted(ETag) };
      }
      const next = answer.NextContinuationToken;
      if (answer.IsTruncated !== true || next === undefined) return;
      if (next === token) break;
      token = next;
    }
    throw new TradingError('FEED_BAD_MESSAGE', `The listing of ${prefix} does not end`, { details: { prefix } });
  }

  /**
   * The object's bytes as they arrive. Bytes that stay away for the idle time end it with `TIMEOUT`.
   * @throws {TradingError} `FEED_NOT_FOUND`, `FEED_NOT_ENTITLED`, `FEED_AUTH`, `FEED_STALE` when the object is no longer that of `range`
   * (replaced, or shorter), `FEED_UNAVAILABLE`, `TIMEOUT`, `CANCELLED`.
   */
  async *bytes(key: string, range?: BucketRange, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const idle = new AbortController();
    let timer = setTimeout(() => idle.abort(), this.#idleMillis);
    const abortSignal = signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal]);
    try {
      const client = await this.#connected();
      const { GetObjectCommand } = await sdk();
      const answer = await client.send(
        new GetObjectCommand({
          Bucket: this.#bucket,
          Key: key,
          ...(range && { IfMatch: `"${range.etag}"` }),
          ...(range && range.from > 0 && { Range: `bytes=${range.from}-` }),
        }),
        { abortSignal },
      );
      if (range && range.from > 0 && !(answer.ContentRange ?? '').startsWith(`bytes ${range.from}-`)) {
        throw new TradingError('FEED_BAD_MESSAGE', `Asked for ${key} from byte ${range.from}, got another part`, {
          details: { key },
        });
      }
      const body = answer.Body?.transformToWebStream();
      if (body === undefined)
        throw new TradingError('FEED_BAD_MESSAGE', `${key} came without a body`, { details: { key } });
      for await (const chunk of body) {
        clearTimeout(timer);
        timer = setTimeout(() => idle.abort(), this.#idleMillis);
        const bytes: Uint8Array = chunk;
        yield bytes;
      }
    } catch (error) {
      if (idle.signal.aborted && signal?.aborted !== true) {
        throw new TradingError('TIMEOUT', `${key}: no byte for ${this.#idleMillis} ms`, {
          details: { key },
          cause: error,
        });
      }
      throw bucketError(error, key, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    void this.#client?.then((client) => client.destroy());
  }
}

const WRONG_KEYS = new Set([
  'SignatureDoesNotMatch',
  'InvalidAccessKeyId',
  'AuthorizationHeaderMalformed',
  'RequestTimeTooSkewed',
  'ExpiredToken',
  'InvalidToken',
]);

/** By status and code, never by wording. A 403 that does not speak of the keys is a prefix outside the plan; the vendor sends it bare. */
function bucketError(error: unknown, key: string, signal?: AbortSignal): TradingError {
  if (error instanceof TradingError) return error;
  const details = { key };
  if (signal?.aborted === true || (error instanceof Error && error.name === 'AbortError')) {
    return new TradingError('CANCELLED', `${key}: stopped`, { details, cause: error });
  }
  const status = statusOf(error);
  const name = error instanceof Error ? error.name : 'unknown';
  if (WRONG_KEYS.has(name) || status === 401) {
    return new TradingError('FEED_AUTH', `The flat files refuse the keys (${name})`, {
      hint: 'Check POLYGON_S3_ACCESS_KEY and POLYGON_S3_SECRET_KEY; they are not the API key. A wrong clock is refused as well.',
      details,
      cause: error,
    });
  }
  if (status === 403) {
    return new TradingError('FEED_NOT_ENTITLED', `The plan does not cover ${key}`, {
      hint: 'The whole bucket can be listed, but only the files of the plan can be fetched.',
      details,
      cause: error,
    });
  }
  if (status === 404)
    return new TradingError('FEED_NOT_FOUND', `There is no ${key} (${name})`, { details, cause: error });
  if (status === 412 || status === 416) {
    return new TradingError('FEED_STALE', `${key} has changed since it was listed (${status})`, {
      details,
      cause: error,
    });
  }
  if (status === 429)
    return new TradingError('FEED_RATE_LIMITED', `${key}: too many requests`, { details, cause: error });
  const why = error instanceof Error ? error.message : String(error);
  return new TradingError('FEED_UNAVAILABLE', `${key}: ${name} ${why}`, { details, cause: error });
}

/** Beside the SDK's own errors: it throws a plain parse error for a body that is no XML, with the response beside it. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { $metadata: metadata, $response: response } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return metadata?.httpStatusCode ?? response?.statusCode;
}

function unquoted(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}
