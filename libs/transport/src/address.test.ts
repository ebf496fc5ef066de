import { isTradingError } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { baseUrl, endpoint } from './address.ts';
import { withoutSecrets } from './secrets.ts';

const refusal = (call: () => unknown): string => {
  try {
    call();
    return 'none';
  } catch (error) {
    return isTradingError(error) ? `${error.code} ${error.message} ${JSON.stringify(error.details)}` : 'not ours';
  }
};

describe('baseUrl', () => {
  it.each([
    ['https://api.massive.com/', 'http', 'https://api.massive.com'],
    ['wss://socket.massive.com', 'ws', 'wss://socket.massive.com'],
    ['http://127.0.0.1:8080', 'http', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080', 'http', 'http://[::1]:8080'],
    ['ws://market-sim:8080', 'ws', 'ws://market-sim:8080'],
  ] as const)('takes %s', (text, protocol, url) => {
    expect(baseUrl('x', text, protocol)).toBe(url);
  });

  it.each([
    ['http://api.massive.com', 'http'],
    ['ws://socket.massive.com', 'ws'],
    ['http://10.0.0.7', 'http'],
    ['https://api.massive.com', 'ws'],
    ['ftp://localhost', 'http'],
    ['api.massive.com', 'http'],
    ['', 'http'],
  ] as const)('refuses %s', (text, protocol) => {
    expect(refusal(() => baseUrl('polygon.restUrl', text, protocol))).toMatch(/^CONFIG_INVALID polygon.restUrl/);
  });

  it.each([
    'https://api.massive.com/?apiKey=s3cret',
    'https://u:s3cret@api.massive.com',
    'https://api.massive.com/#s3cret',
  ])('refuses a key in an address and does not show it: %s', (text) => {
    const told = refusal(() => baseUrl('polygon.restUrl', text, 'http'));
    expect(told).toMatch(/^CONFIG_INVALID/);
    expect(told).not.toContain('s3cret');
  });
});

it('an endpoint keeps the path of its base and encodes its query', () => {
  const url = endpoint('https://x.example/proxy/', '/v3/trades/O%3ASPY', { a: '1&2', 'b.gte': 'x' });
  expect(url.href).toBe('https://x.example/proxy/v3/trades/O%3ASPY?a=1%262&b.gte=x');
});

it("another side's words are told without secrets, and briefly", () => {
  expect(withoutSecrets('key k1 and k1 of s2', ['k1', 's2', ''])).toBe('key *** and *** of ***');
  expect(withoutSecrets('x'.repeat(5_000), [])).toHaveLength(300);
});
