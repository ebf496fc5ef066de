import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { describeSettings, leastReturnInForce, overruled, Secret } from './index.ts';
import { load, failure, violations, removeFolders } from './testing/settings-folder.ts';

const shipped = join(import.meta.dirname, '../../../config');
const LIVE_KEYS = { POLYGON_API_KEY: 'pk', ALPACA_API_KEY: 'ak', ALPACA_SECRET_KEY: 'sk' };

afterEach(removeFolders);

describe('paper and live', () => {
  it('takes the URLs of real money only in live mode, and live mode only with keys', () => {
    const live = load({}, { ...LIVE_KEYS, TRADING_MODE: 'live' });
    expect(live.alpaca.tradingUrl).toBe('https://api.alpaca.markets');
    expect(live.alpaca.streamUrl).toBe('wss://api.alpaca.markets/stream');
    const keys = violations(() => load({}, { TRADING_MODE: 'live' })).map((line) => line.split(':')[0]);
    expect(keys).toEqual(['alpaca.keyId', 'alpaca.secretKey', 'polygon.apiKey']);
  });

  it('overrules an expected return below zero in live mode, and says so', () => {
    const tiers = readFileSync(join(shipped, 'account-tiers.yaml'), 'utf8');
    const hopeful = tiers.replace('leastReturn: -0.25', 'leastReturn: 0.1');
    expect(hopeful).not.toBe(tiers);
    const live = { ...LIVE_KEYS, TRADING_MODE: 'live' };
    const cases = [load(), load({}, live), load({ 'account-tiers.yaml': hopeful }, live)];
    expect(cases.map(leastReturnInForce)).toEqual([-0.25, 0, 0.1]);
    expect(cases.map((settings) => overruled(settings).length)).toEqual([0, 1, 0]);
    expect(overruled(load({}, live))[0]).toContain('sizing.leastReturn is -0.25, live trading uses 0');
  });

  it.each([
    ['paper at the live host', { ALPACA_TRADING_URL: 'https://api.alpaca.markets' }, ['tradingUrl', 'streamUrl']],
    ['paper at an unknown host', { ALPACA_TRADING_URL: 'https://proxy.example' }, ['tradingUrl', 'streamUrl']],
    [
      'paper with the live stream',
      { ALPACA_STREAM_URL: 'wss://api.alpaca.markets/stream' },
      ['streamUrl', 'streamUrl'],
    ],
    [
      'orders here, fills from there',
      { ALPACA_TRADING_URL: 'http://127.0.0.1:9', ALPACA_STREAM_URL: 'wss://paper-api.alpaca.markets/stream' },
      ['streamUrl'],
    ],
    [
      'live at the paper host',
      { ...LIVE_KEYS, TRADING_MODE: 'live', ALPACA_TRADING_URL: 'https://paper-api.alpaca.markets' },
      ['tradingUrl', 'streamUrl'],
    ],
    [
      'live at a simulator',
      { ...LIVE_KEYS, TRADING_MODE: 'live', ALPACA_TRADING_URL: 'http://localhost:9' },
      ['tradingUrl', 'streamUrl'],
    ],
    ['half a key', { ALPACA_API_KEY: 'x' }, ['secretKey']],
    ['lockstep with a real broker', { MARKET_SIM_ADMIN_URL: 'ws://127.0.0.1:9/admin' }, ['adminUrl']],
  ])('refuses %s', (_, env, keys) => {
    const found = violations(() => load({}, env)).map((line) => line.split(':')[0]?.split('.').at(-1));
    expect(found).toEqual(keys);
  });

  it.each([
    'http://api.massive.com',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://0.0.0.0:80',
    'http://10.0.0.1',
    'ftp://127.0.0.1',
    'wss://api.massive.com',
    'https://user:word@api.massive.com',
    'https://api.massive.com/?apiKey=word',
    'https://api.massive.com/#x',
    'api.massive.com',
    'https://',
  ])('refuses the REST URL %s', (url) => {
    const [line = ''] = violations(() => load({}, { POLYGON_REST_URL: url }));
    expect(line).toContain('polygon.restUrl: was');
    expect(line).not.toContain('word');
  });
});

describe('secrets', () => {
  const word = 'hunter2-hunter2';
  const env = {
    POLYGON_API_KEY: word,
    POLYGON_S3_ACCESS_KEY: word,
    POLYGON_S3_SECRET_KEY: word,
    ALPACA_API_KEY: word,
    ALPACA_SECRET_KEY: word,
    DATABASE_URL: `postgres://user:${word}@localhost/db`,
  };

  it('show a mask however they are printed', () => {
    const secret = new Secret(word);
    expect(secret.reveal()).toBe(word);
    const shown = [
      ['', secret].join(),
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ secret }, { showHidden: true }),
    ];
    for (const text of shown) {
      expect(text).toContain('[secret]');
      expect(text).not.toContain(word);
    }
    expect(Object.keys(secret)).toEqual([]);
  });

  it('are nowhere in the settings as text nor in their description', () => {
    const settings = load({}, env);
    const text = [
      JSON.stringify(settings),
      inspect(settings, { depth: null }),
      JSON.stringify(describeSettings(settings)),
    ];
    for (const shown of text) expect(shown).not.toContain(word);
    const masked = describeSettings(settings).filter(({ value }) => value === '[secret]');
    expect(masked.map(({ key }) => key)).toHaveLength(6);
  });

  it('are masked in refusals too', () => {
    const broken = { POLYGON_API_KEY: `${word} x`, DATABASE_URL: `mysql://user:${word}@h/d`, ALPACA_API_KEY: word };
    const files = [
      {},
      { 'config.yaml': `alpaca:\n  keyId: ${word}\n` },
      { 'config.yaml': `alpaca: [${word}]\n` },
      { 'config.yaml': `polygon:\n  apikey: ${word}\n` },
      { 'config.yaml': `polygon:\n  s3: ${word}\n` },
    ];
    for (const file of files) {
      const error = failure(() => load(file, broken));
      expect(JSON.stringify(error) + error.stack).not.toContain(word);
    }
    const error = failure(() => load({ 'config.yaml': `polygon:\n  apiKey: ${word}: x\n` }));
    expect(error.code).toBe('CONFIG_FILE_BROKEN');
    expect(error.message).not.toContain(word);
  });

  it('are refused in files', () => {
    const lines = violations(() => load({ 'config.yaml': `polygon:\n  apiKey: ${word}\n` }));
    expect(lines).toEqual([
      'polygon.apiKey: was [secret], allowed: only the environment variable POLYGON_API_KEY (config/config.yaml:2)',
    ]);
  });
});
