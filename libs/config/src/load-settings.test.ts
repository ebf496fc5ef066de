import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTradingError } from '@trading-agent/core';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { describeSettings, ENVIRONMENT, loadSettings } from './index.ts';
import { folder, load, failure, violations, removeFolders } from './testing/settings-folder.ts';

const shipped = join(import.meta.dirname, '../../../config');
const LIVE_KEYS = { POLYGON_API_KEY: 'pk', ALPACA_API_KEY: 'ak', ALPACA_SECRET_KEY: 'sk' };

afterEach(removeFolders);

describe('loadSettings', () => {
  it('runs without any file or variable', () => {
    const settings = loadSettings({ env: {}, cwd: folder() });
    expect(settings.account).toEqual({ balance: 25_000, riskTolerance: 'medium', mode: 'paper' });
    expect(settings.polygon.s3).toEqual({ endpoint: 'https://files.massive.com', bucket: 'flatfiles' });
    expect(settings.statusApi).toEqual({ host: '127.0.0.1', port: 4_000 });
    expect(settings.logging.level).toBe('INFO');
    expect(settings.alpaca).toEqual({
      tradingUrl: 'https://paper-api.alpaca.markets',
      streamUrl: 'wss://paper-api.alpaca.markets/stream',
    });
  });

  it('has the shipped files say what the built-in defaults are', () => {
    const cwd = folder();
    expect(loadSettings({ env: {}, cwd, configDir: shipped })).toEqual(loadSettings({ env: {}, cwd }));
  });

  it('knows every ticker of the tiers in the catalog', () => {
    const { tiers, symbols } = load();
    expect(tiers.table.flatMap((tier) => tier.symbols).filter((ticker) => !(ticker in symbols.catalog))).toEqual([]);
  });

  it('reads every environment variable', () => {
    const env = {
      POLYGON_API_KEY: 'a',
      POLYGON_REST_URL: 'http://127.0.0.1:1/',
      POLYGON_SOCKET_URL: 'ws://localhost:2',
      POLYGON_S3_ACCESS_KEY: 'b',
      POLYGON_S3_SECRET_KEY: 'c',
      POLYGON_S3_ENDPOINT: 'http://[::1]:3',
      POLYGON_S3_BUCKET: 'other',
      ALPACA_API_KEY: 'd',
      ALPACA_SECRET_KEY: 'e',
      ALPACA_TRADING_URL: 'http://127.0.0.1:4',
      ALPACA_STREAM_URL: 'ws://127.0.0.1:4/stream',
      MARKET_SIM_ADMIN_URL: 'ws://127.0.0.1:4/admin',
      ACCOUNT_BALANCE: '1234.5',
      RISK_TOLERANCE: 'high',
      TRADING_MODE: 'paper',
      DATABASE_URL: 'postgres://u:p@db:5432/x',
      DATA_DIR: 'elsewhere',
      LOG_LEVEL: 'DEBUG',
      STATUS_API_HOST: '0.0.0.0',
      STATUS_API_PORT: '0',
    };
    expect(Object.keys(env)).toEqual(ENVIRONMENT.map(({ name }) => name));
    const cwd = folder();
    const settings = loadSettings({ env, cwd });
    expect(settings.polygon.apiKey?.reveal()).toBe('a');
    expect(settings.polygon.s3.accessKey?.reveal()).toBe('b');
    expect(settings.polygon.s3.secretKey?.reveal()).toBe('c');
    expect(settings.alpaca.keyId?.reveal()).toBe('d');
    expect(settings.alpaca.secretKey?.reveal()).toBe('e');
    expect(settings.store.databaseUrl?.reveal()).toBe('postgres://u:p@db:5432/x');
    expect(settings.store.dataDir).toBe(join(cwd, 'elsewhere'));
    expect(settings.polygon.restUrl).toBe('http://127.0.0.1:1');
    expect(settings.polygon.s3.endpoint).toBe('http://[::1]:3');
    expect(settings.marketSim.adminUrl).toBe('ws://127.0.0.1:4/admin');
    expect(settings.account).toEqual({ balance: 1_234.5, riskTolerance: 'high', mode: 'paper' });
    expect(settings.statusApi).toEqual({ host: '0.0.0.0', port: 0 });
    for (const { key, source } of describeSettings(settings)) {
      const variable = ENVIRONMENT.find(({ path }) => path.join('.') === key);
      expect(source).toEqual(variable ? { kind: 'env', where: variable.name } : { kind: 'default' });
    }
  });

  it('prefers option over environment over file over default', () => {
    const cwd = folder({ 'config.yaml': 'account:\n  balance: 2\n  riskTolerance: low\nlogging:\n  level: ERROR\n' });
    const settings = loadSettings({
      env: { ACCOUNT_BALANCE: '3', RISK_TOLERANCE: 'high' },
      cwd,
      overrides: { 'account.balance': 4, 'statusApi.port': undefined },
    });
    expect(settings.account).toEqual({ balance: 4, riskTolerance: 'high', mode: 'paper' });
    const sources = new Map(describeSettings(settings).map(({ key, source }) => [key, source]));
    expect(sources.get('account.balance')).toEqual({ kind: 'option', where: 'command line' });
    expect(sources.get('account.riskTolerance')).toEqual({ kind: 'env', where: 'RISK_TOLERANCE' });
    expect(sources.get('logging.level')).toEqual({ kind: 'file', where: 'config/config.yaml:5' });
    expect(sources.get('account.mode')).toEqual({ kind: 'default' });
    expect(sources.get('statusApi.port')).toEqual({ kind: 'default' });
    const whole = loadSettings({ env: {}, cwd, overrides: { 'strategies.long-put': { enabled: false } } });
    const inner = describeSettings(whole).find(({ key }) => key === 'strategies.long-put.enabled');
    expect(inner).toMatchObject({ value: 'false', source: { kind: 'option' } });
  });

  it('takes blank variables, empty files and empty sections as not set', () => {
    const cwd = folder({ 'config.yaml': 'polygon:\naccount:\n', 'symbols.yaml': '# nothing\n' });
    const settings = loadSettings({ env: { LOG_LEVEL: ' ' }, cwd });
    expect(settings).toEqual(
      loadSettings({ env: {}, cwd: folder(), overrides: { 'store.dataDir': join(cwd, 'data') } }),
    );
  });

  it('freezes the settings to the last leaf', () => {
    const unfrozen: string[] = [];
    const visit = (path: string, value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) unfrozen.push(path);
      for (const [key, inner] of Object.entries(value)) visit(`${path}.${key}`, inner);
    };
    visit('settings', load({}, LIVE_KEYS));
    expect(unfrozen).toEqual([]);
  });

  it('knows the connections that the market data plan allows', () => {
    expect(load({}).polygon).toMatchObject({
      connections: { options: 1, stocks: 1, indices: 1 },
      quotesPerConnection: 1_000,
    });
    const file = 'polygon:\n  connections:\n    options: 3\n  quotesPerConnection: 250\n';
    expect(load({ 'config.yaml': file }).polygon).toMatchObject({
      connections: { options: 3, stocks: 1 },
      quotesPerConnection: 250,
    });
    expect(
      violations(() =>
        load({ 'config.yaml': 'polygon:\n  connections:\n    options: 17\n  quotesPerConnection: 0\n' }),
      ),
    ).toEqual([
      'polygon.connections.options: was 17, allowed: a whole number from 1 to 16 (config/config.yaml:3)',
      'polygon.quotesPerConnection: was 0, allowed: a whole number from 1 to 1000 (config/config.yaml:4)',
    ]);
  });

  it('names all violations at once, each with key, value, what is allowed and where', () => {
    const cwd = folder({
      'config.yaml': 'account:\n  balance: -5\n  colour: red\nlogging:\n  levle: INFO\n',
      'strategies.yaml': 'long-call:\n  dte:\n    min: 90\n    max: 30\nlong-cal: {}\n',
      'account-tiers.yaml': 'riskPerTrade:\n  max: 5\n',
    });
    const env = { STATUS_API_PORT: '99999', POLYGON_REST_URL: 'http://example.com' };
    expect(violations(() => loadSettings({ env, cwd }))).toEqual([
      'polygon.restUrl: was "http://example.com", allowed: a URL https://host/..., or http://127.0.0.1:port/... on this machine; no user name, query or fragment (POLYGON_REST_URL)',
      'account.balance: was -5, allowed: a number above 0 to 1000000000 (config/config.yaml:2)',
      'account.colour: allowed: no such key (known: balance, riskTolerance, mode) (config/config.yaml:3)',
      'logging.levle: allowed: no such key (known: level) (config/config.yaml:5)',
      'statusApi.port: was 99999, allowed: a whole number from 0 to 65535 (STATUS_API_PORT)',
      'tiers.riskPerTrade.max: was 5, allowed: a number from 0.001 to 0.2 (config/account-tiers.yaml:2)',
      'strategies.long-call.dte.min: was 90, allowed: min not above max (config/strategies.yaml:3)',
      expect.stringMatching(/^strategies\.long-cal: allowed: no such key \(known: long-call, .*strategies\.yaml:5\)$/),
    ]);
  });

  it.each([
    ['account:\n  balance: 1\n  balance: 2\n', 3],
    ['account: [1, 2\nlogging:\n', 2],
    ['a: b: c\n', 1],
    ['account: &x\n  balance: *y\n', 2],
    ['account: !thing 3\n', 1],
  ])('says where %j is broken', (text, line) => {
    const error = failure(() => load({ 'config.yaml': text }));
    expect(error.code).toBe('CONFIG_FILE_BROKEN');
    expect(error.exitCode).toBe(2);
    expect(error.details).toEqual({ file: 'config/config.yaml', line });
    expect(error.message.startsWith(`config/config.yaml:${line}: `)).toBe(true);
  });

  it('refuses a file that is a folder, one with another name, a section in the wrong file, and a missing folder', () => {
    const cwd = folder({ 'strategy.yaml': 'x: 1\n', 'config.yaml': 'tiers: {}\n' });
    expect(violations(() => loadSettings({ env: {}, cwd }))).toEqual([
      'config/strategy.yaml: allowed: a file named config.yaml, account-tiers.yaml, symbols.yaml, strategies.yaml, risk.yaml',
      'tiers: allowed: only in account-tiers.yaml (config/config.yaml:1)',
    ]);
    expect(violations(() => loadSettings({ env: {}, cwd, configDir: 'none' }))).toEqual([
      'configDir: was "none", allowed: a folder that exists',
    ]);
    const other = folder();
    mkdirSync(join(other, 'config', 'config.yaml'));
    expect(failure(() => loadSettings({ env: {}, cwd: other })).code).toBe('CONFIG_FILE_BROKEN');
  });

  it.each(['[]\n', 'text\n', '3\n'])('refuses a main file that holds %j', (text) => {
    expect(violations(() => load({ 'config.yaml': text }))).toEqual(['config.yaml: allowed: keys with values']);
  });

  it('refuses keys that would reach into objects', () => {
    expect(
      violations(() => load({ 'config.yaml': '__proto__: { account: { balance: 1 } }\nconstructor: 1\n' })),
    ).toHaveLength(2);
    expect(violations(() => load({ 'symbols.yaml': '__proto__: { exclude: [SPY] }\n' }))).toHaveLength(1);
  });

  it('survives any text in a file: settings, or one of two errors', () => {
    const cwd = folder();
    fc.assert(
      fc.property(
        fc.constantFrom('config.yaml', 'strategies.yaml'),
        fc.string({ unit: 'binary', maxLength: 60 }),
        (name, text) => {
          for (const file of ['config.yaml', 'strategies.yaml']) {
            writeFileSync(join(cwd, 'config', file), file === name ? text : '');
          }
          expect(['25000', 'CONFIG_INVALID', 'CONFIG_FILE_BROKEN']).toContain(outcome(cwd));
        },
      ),
    );
  });
});

/** The balance, or the code of the refusal. */
function outcome(cwd: string): string {
  try {
    return String(loadSettings({ env: {}, cwd }).account.balance);
  } catch (error) {
    return isTradingError(error) ? error.code : String(error);
  }
}

describe('tier tables', () => {
  const tier = (name: string, from: number, symbols: string): string =>
    `  - { name: ${name}, fromBalance: ${from}, symbols: ${symbols}, maxPositions: 1, riskPerTrade: 0.02, maxPositionSize: 0.2, stopLoss: 0.4, ` +
    'apiBudget: { perMinute: 1, perDay: 1 }, limits: { dailyLoss: 0.05, portfolioRisk: 0.15, correlation: 0.7 }, ' +
    'training: { lookbackDays: 30, models: [xgboost], folds: 3, trials: 1 } }\n';

  it('must begin at 0, rise, and name each tier and ticker once', () => {
    const table = `table:\n${tier('a', 5, '[SPY]')}${tier('b', 5, '[QQQ, SPY]')}${tier('a', 9, '[iwm]')}`;
    const lines = violations(() => load({ 'account-tiers.yaml': table }));
    expect(lines).toEqual([
      'tiers.table[2].symbols[0]: was "iwm", allowed: a ticker in capitals such as SPY or BRK.B (config/account-tiers.yaml:4)',
      'tiers.table[0].fromBalance: was 5, allowed: the first tier begins at 0, each other above the one before (config/account-tiers.yaml:2)',
      'tiers.table[1].fromBalance: was 5, allowed: the first tier begins at 0, each other above the one before (config/account-tiers.yaml:3)',
      'tiers.table[1].symbols[1]: was "SPY", allowed: a ticker that no tier has listed before (config/account-tiers.yaml:3)',
      'tiers.table[2].name: was "a", allowed: a name that no other tier has (config/account-tiers.yaml:4)',
    ]);
  });

  it('must not let one trade lose more than a day may', () => {
    expect(violations(() => load({ 'account-tiers.yaml': 'riskPerTrade: { min: 0.01, max: 0.06 }\n' }))).toEqual([
      'tiers.riskPerTrade.max: was 0.06, allowed: at most the smallest limits.dailyLoss (0.05) (config/account-tiers.yaml:1)',
    ]);
    const strict = `table:\n${tier('a', 0, '[SPY]').replace('dailyLoss: 0.05', 'dailyLoss: 0.03')}`;
    expect(violations(() => load({ 'account-tiers.yaml': strict }))).toEqual([
      'tiers.riskPerTrade.max: was 0.05, allowed: at most the smallest limits.dailyLoss (0.03)',
    ]);
  });
});

describe('describeSettings', () => {
  it('has a description and what is allowed for every key', () => {
    const bare = describeSettings(load()).filter(({ description, allowed }) => description === '' || allowed === '');
    expect(bare).toEqual([]);
  });
});
