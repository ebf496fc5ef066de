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
