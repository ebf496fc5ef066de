export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Keys belong here, never into the URL. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  /** Gives the exchange up. */
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** A header's value, by its name in any case. */
  readonly header: (name: string) => string | null;
  readonly text: string;
}

/**
 * One request and its answer, whatever its status. Redirects are not followed: one could carry a key elsewhere, or repeat a submission.
 * @throws whatever `fetch` throws; see `failureOf`.
 */
export async function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { method, url, headers, body, timeoutMs, signal } = request;
  const timeUp = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, {
    method,
    headers,
    ...(body !== undefined && { body }),
    redirect: 'manual',
    signal: signal ? AbortSignal.any([timeUp, signal]) : timeUp,
  });
  const text = await response.text();
  return { status: response.status, header: (name) => response.headers.get(name), text };
}

/** Why an exchange has no answer. */
export interface HttpFailure {
  readonly kind: 'timeout' | 'cancelled' | 'connection';
  /** In a few words: the system's error code, or the error's message. */
  readonly reason: string;
  /** The connection never came about: not a byte of the request has left. */
  readonly neverSent: boolean;
}

/** Failures of `connect` itself. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What it means that `exchange` threw `cause`, or that a wait between two exchanges did. */
export function failureOf(cause: unknown): HttpFailure {
  const name = cause instanceof Error ? cause.name : '';
  const code = systemCode(cause);
  return {
    kind: name === 'TimeoutError' ? 'timeout' : name === 'AbortError' ? 'cancelled' : 'connection',
    reason: code ?? (cause instanceof Error ? cause.message : String(cause)),
    neverSent: code !== undefined && NEVER_SENT.has(code),
  };
}

/** Of the outermost error that has one: `fetch` wraps the socket's. */
function systemCode(cause: unknown): string | undefined {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return undefined;
}
