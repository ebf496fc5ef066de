import { type SerializedError, serializeError } from './error-serializer.ts';

export const REDACTED = '[redacted]';

/** Names of things that are secrets, also as the end of a longer name: `apiKey`, `POLYGON_API_KEY`, `accessToken`. */
const SECRET_NAME =
  'api[-_]?key(?:[-_]?id)?|access[-_]?key(?:[-_]?id)?|key[-_]?id|secret(?:[-_]?access)?(?:[-_]?key)?|private[-_]?key|passwords?|passwd|passphrase|pwd|token|authorization|credentials?|signature|cookie';

const SECRET_KEY = new RegExp(`(?:${SECRET_NAME})$`, 'i');
/** `scheme://token@` and `scheme://user:password@`, also when somebody forgot to encode a slash in the password. */
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#"'<>]+|[^\s/:@"'<>]*:[^\s@"'<>]+)@/gi;
/** `apiKey=...`, `"password": "..."`, `Authorization: Bearer ...` in running text. */
const NAMED_VALUE = new RegExp(
  `((?:${SECRET_NAME})\\\\?["']?\\s*[=:]\\s*\\\\?)(?:"[^"]*"|'[^']*'|(?:(?:bearer|basic)\\s+)?[^\\s"'&,;)}\\]\\\\]+)`,
  'gi',
);
const BEARER = /\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi;

const MAX_DEPTH = 10;
const MAX_ITEMS = 1_000;
/** Shorter ones would blank out ordinary words. */
const SHORTEST_SECRET = 6;

/** Takes secrets out of what is logged: by the name they stand under, by their form, and by value where the values are known. */
export class Redactor {
  readonly #known: readonly string[];

  constructor(knownSecrets: readonly string[] = []) {
    this.#known = knownSecrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  }

  text(text: string): string {
    let clean = text;
    for (const secret of this.#known) clean = clean.replaceAll(secret, REDACTED);
    return clean
      .replace(URL_CREDENTIALS, `$1${REDACTED}@`)
      .replace(NAMED_VALUE, `$1${REDACTED}`)
      .replace(BEARER, `$1 ${REDACTED}`);
  }

  /** A copy that is plain data and holds no secret; errors become their facts. Never throws, whatever it is given. */
  value(value: unknown, depth = 0): unknown {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
      case 'boolean':
      case 'undefined':
        return value;
      case 'bigint':
        return value.toString();
      case 'object':
        return value === null ? null : this.#object(value, depth);
      case 'function':
      case 'symbol':
        return `[${typeof value}]`;
    }
  }

  members(object: object, depth = 0): Record<string, unknown> {
    const clean: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(object).slice(0, MAX_ITEMS)) {
      const secret = SECRET_KEY.test(key) && member !== undefined && member !== null && member !== '';
      clean[this.text(key)] = secret ? REDACTED : this.value(member, depth + 1);
    }
    return clean;
  }

  #object(value: object, depth: number): unknown {
    if (depth > MAX_DEPTH) return '[too deep]';
    try {
      if (value instanceof Error) return this.#error(serializeError(value), depth);
      if (value instanceof URL) return this.text(value.href);
      if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
      if (value instanceof Map || value instanceof Set) return this.value([...value], depth + 1);
      if (Array.isArray(value)) {
        const items = value.slice(0, MAX_ITEMS).map((item) => this.value(item, depth + 1));
        // Header lists and entries: ['authorization', 'Bearer ...'].
        const named = items.length === 2 && typeof value[0] === 'string' && SECRET_KEY.test(value[0]);
        if (named) items[1] = REDACTED;
        if (value.length > MAX_ITEMS) items.push(`[${value.length - MAX_ITEMS} more]`);
        return items;
      }
      if ('toJSON' in value && typeof value.toJSON === 'function') return this.value(value.toJSON(), depth + 1);
      return this.members(value, depth);
    } catch {
      // A getter or toJSON that throws must not take the program down with its log line.
      return '[unreadable]';
    }
  }

  #error(error: SerializedError, depth: number): unknown {
    // The members of an error have names of their own; only `details` and unknown causes are foreign.
    return this.members(error, depth);
  }
}
