import { loadSettings } from '@trading-agent/config';
import { describe, expect, it } from 'vitest';
import { configuredEndpoints, simulatorEndpoints } from './connections.ts';

const KEYS = { POLYGON_API_KEY: 'pk', ALPACA_API_KEY: 'ak', ALPACA_SECRET_KEY: 'as' };
const settings = (env: Readonly<Record<string, string>>) => loadSettings({ env, cwd: import.meta.dirname });

describe('endpoints', () => {
  it('of the vendors come from the settings, keys revealed, without an admin channel', () => {
    const endpoints = configuredEndpoints(settings(KEYS));
    expect(endpoints.polygon.apiKey).toBe('pk');
    expect(endpoints.alpaca).toMatchObject({ keyId: 'ak', secretKey: 'as' });
    expect(endpoints.alpaca.tradingUrl).toContain('paper');
    expect(endpoints.adminUrl).toBeUndefined();
  });

  it.each([
    ['POLYGON_API_KEY', { ALPACA_API_KEY: 'ak', ALPACA_SECRET_KEY: 'as' }],
    ['ALPACA_API_KEY', { POLYGON_API_KEY: 'pk' }],
  ])('without %s are refused by its name', (name, env) => {
    expect(() => configuredEndpoints(settings(env))).toThrow(
      expect.objectContaining({ code: 'CREDENTIALS_MISSING', message: `${name} is not set` }),
    );
  });

  it('of a simulator are all at one address', () => {
    expect(simulatorEndpoints('http://127.0.0.1:1', 'ws://127.0.0.1:1')).toMatchObject({
      polygon: { restUrl: 'http://127.0.0.1:1', socketUrl: 'ws://127.0.0.1:1' },
      alpaca: { tradingUrl: 'http://127.0.0.1:1', streamUrl: 'ws://127.0.0.1:1/stream' },
      adminUrl: 'ws://127.0.0.1:1/admin',
    });
  });
});
