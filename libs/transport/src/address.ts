import { TradingError } from '@trading-agent/core';

/**
 * A base URL that may carry a key: encrypted, or on this machine or network (a simulator: loopback or a host name without a dot).
 * @throws {TradingError} `CONFIG_INVALID` otherwise.
 */
export function baseUrl(name: string, text: string, protocol: 'http' | 'ws'): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new TradingError('CONFIG_INVALID', `${name}: expected a URL, was "${text}"`, { cause });
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    // Not shown: what stands there may be a key.
    throw new TradingError('CONFIG_INVALID', `${name}: expected a URL without user, query and fragment`, {
      hint: 'Keys have settings of their own and are sent in headers.',
    });
  }
  const near = !url.hostname.includes('.') || url.hostname === '127.0.0.1';
  if (url.protocol !== `${protocol}s:` && !(url.protocol === `${protocol}:` && near)) {
    throw new TradingError(
      'CONFIG_INVALID',
      `${name}: expected ${protocol}s:// (plain ${protocol}:// only for a simulator on this machine or network), was "${text}"`,
      { details: { url: text } },
    );
  }
  return text.replace(/\/+$/, '');
}

/** `path` below a base URL, whose own path is kept, with a query. */
export function endpoint(base: string, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(base.replace(/\/+$/, '') + path);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  return url;
}
