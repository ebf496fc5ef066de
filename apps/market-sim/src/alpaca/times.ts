import { type Micros, formatRfc3339, isTradingError, microsFromRfc3339 } from '@trading-agent/core';

/** An instant with nine fraction digits, UTC; `nanos` (0-999) orders what happened within one microsecond. Compares correctly as text. */
export function rfc3339Nanos(at: Micros, nanos = 0): string {
  return `${formatRfc3339(at).slice(0, -1)}${String(nanos).padStart(3, '0')}Z`;
}

/** Any RFC 3339 instant (or a plain date) in the form of `rfc3339Nanos`; `undefined` when it is neither. */
export function normalizedInstant(text: string): string | undefined {
  const full = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
  const nanos = /\.\d{6}(\d{1,3})/.exec(full)?.[1]?.padEnd(3, '0') ?? '000';
  try {
    return rfc3339Nanos(microsFromRfc3339(full), Number(nanos));
  } catch (error) {
    if (isTradingError(error)) return undefined;
    throw error;
  }
}
