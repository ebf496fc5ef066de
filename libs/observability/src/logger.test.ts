import { inspect } from 'node:util';
import { ManualClock, microsFromRfc3339, TradingError } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logAlert } from './alerts.ts';
import { LOG_LEVELS } from './levels.ts';
import { createLogger, type LoggerOptions } from './logger.ts';

const SECRET = 'PKQ7fX2sVb9dRt4w';

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'DEBUG',
    name: 'test',
    destination: { write: (line) => void lines.push(line) },
    clock: new ManualClock(microsFromRfc3339('2015-12-24T14:30:00.000001Z')),
    ...options,
  });
  return { logger, lines, entries: (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line)) };
}

describe('levels', () => {
  it('writes the five severities under their own names', () => {
    const { logger, entries } = capture();
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    logger.fatal('e');
    expect(entries().map((entry) => entry['level'])).toEqual([...LOG_LEVELS]);
    expect(entries()[0]).toMatchObject({ name: 'test', time: '2015-12-24T14:30:00.000001Z', msg: 'a' });
  });

  it.each([
    ['DEBUG', 5],
    ['INFO', 4],
    ['WARNING', 3],
    ['ERROR', 2],
    ['CRITICAL', 1],
  ] as const)('at %s writes the %i most severe', (level, count) => {
    const { logger, lines } = capture({ level });
    logger.debug('');
    logger.info('');
    logger.warn('');
    logger.error('');
    logger.fatal('');
    expect(lines).toHaveLength(count);
  });

  it('writes an alert at the level of its severity', () => {
    const { logger, entries } = capture();
    logAlert(logger, { kind: 'risk', severity: 'critical', message: 'Daily loss', facts: { limit: 0.05 } });
    logAlert(logger, { kind: 'market', severity: 'warning', message: 'Wide spreads', facts: {} });
    expect(entries()).toMatchObject([
      { level: 'CRITICAL', alert: 'risk', limit: 0.05, msg: 'Daily loss' },
      { level: 'WARNING', alert: 'market', msg: 'Wide spreads' },
    ]);
  });
});

describe('errors', () => {
  it('become their facts, with hint, details and cause, wherever they stand', () => {
    const { logger, entries } = capture();
    const error = new TradingError('STORE_UNAVAILABLE', 'No answer', {
      hint: 'Look at the server',
      details: { port: 5432 },
      cause: new Error('ECONNREFUSED'),
    });
    logger.error(error);
    logger.error({ err: error }, 'failed');
    logger.error({ deep: { reason: error } }, 'failed');
    const facts = {
      type: 'TradingError',
      code: 'STORE_UNAVAILABLE',
      message: 'No answer',
      hint: 'Look at the server',
      details: { port: 5432 },
      cause: { type: 'Error', message: 'ECONNREFUSED' },
    };
    expect(entries()).toMatchObject([
      { err: facts, msg: 'No answer' },
      { err: facts, msg: 'failed' },
      { deep: { reason: facts }, msg: 'failed' },
    ]);
  });

  it('does not fail on what cannot be written', () => {
    const { logger, entries } = capture();
    const circle: Record<string, unknown> = { big: 12n, when: new Date(0), map: new Map([['a', 1]]), fn: () => 1 };
    circle['self'] = circle;
    Object.defineProperty(circle, 'trap', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    logger.info({ circle }, 'odd');
    logger.info(
      { deeper: { big: 12n, when: new Date(0), map: new Map([['a', 1]]), bytes: Buffer.from('abc') } },
      'odd',
    );
    expect(entries()).toMatchObject([
      { circle: '[unreadable]', msg: 'odd' },
      { deeper: { big: '12', when: '1970-01-01T00:00:00.000Z', map: [['a', 1]], bytes: '[3 bytes]' } },
    ]);
  });
});

describe('secrets', () => {
  const places: [string, (logger: ReturnType<typeof createLogger>) => void][] = [
    ['a key of the facts', (l) => l.info({ apiKey: SECRET }, 'x')],
    ['an environment name', (l) => l.info({ env: { POLYGON_API_KEY: SECRET, ALPACA_SECRET_KEY: SECRET } }, 'x')],
    ['a deep key', (l) => l.info({ a: { b: [{ c: { password: SECRET } }] } }, 'x')],
    ['a key that holds an object', (l) => l.info({ credentials: { user: 'a', value: SECRET } }, 'x')],
    [
      'a header object',
      (l) => l.info({ headers: { 'APCA-API-SECRET-KEY': SECRET, Authorization: `Bearer ${SECRET}` } }, 'x'),
    ],
    ['a header list', (l) => l.info({ headers: [['authorization', SECRET]] }, 'x')],
    ['a Map', (l) => l.info({ headers: new Map([['x-api-key', SECRET]]) }, 'x')],
    ['Headers', (l) => l.info({ headers: [...new Headers({ authorization: SECRET })] }, 'x')],
    ['a URL with credentials', (l) => l.info({ url: `postgres://agent:${SECRET}@db.example:5432/x` }, 'x')],
    ['a URL with a user only', (l) => l.info({ url: `https://${SECRET}@example.com/x` }, 'x')],
    ['a password with a slash in it', (l) => l.info({ url: `postgres://agent:a/${SECRET}@db/x` }, 'x')],
    ['a URL object', (l) => l.info({ url: new URL(`https://x.example/v3?apiKey=${SECRET}&limit=10`) }, 'x')],
    ['a query in the message', (l) => l.info(`GET https://x.example/v3?limit=1&apiKey=${SECRET}`)],
    ['a bearer in the message', (l) => l.info(`sent Authorization: Bearer ${SECRET} to x`)],
    ['JSON in the message', (l) => l.info(`body {"action":"auth","secret":"${SECRET}"}`)],
    ['JSON in JSON', (l) => l.info({ body: JSON.stringify(JSON.stringify({ token: SECRET })) }, 'x')],
    ['an interpolated string', (l) => l.info('url %s', `wss://u:${SECRET}@h/`)],
    ['an interpolated object', (l) => l.info('facts %j', { secret: SECRET })],
    ['the message of an error', (l) => l.error(new Error(`refused: password=${SECRET}`))],
    ['an error under err', (l) => l.error({ err: new Error(`apiKey=${SECRET}`) })],
    ['the stack of an error', (l) => l.error({ error: new Error(`token: ${SECRET}`) }, 'x')],
    ['details of an error', (l) => l.error(new TradingError('FEED_AUTH', 'x', { details: { apiKey: SECRET } }))],
    ['the cause of a cause', (l) => l.error(new Error('a', { cause: new Error('b', { cause: `secret=${SECRET}` }) }))],
    ['an aggregate', (l) => l.error(new AggregateError([new Error(`postgres://a:${SECRET}@h`)], 'x'))],
    ['bindings of a child', (l) => l.child({ token: SECRET, url: `http://a:${SECRET}@h` }).info('x')],
    [
      'bindings of a grandchild',
      (l) =>
        l
          .child({})
          .child({ deep: { secret: SECRET } })
          .info('x'),
    ],
    [
      'bindings set later',
      (l) => {
        const child = l.child({});
        child.setBindings({ password: SECRET });
        child.info('x');
      },
    ],
    ['a message without facts', (l) => l.child({ a: 1 }).warn(`https://h/?api_key=${SECRET}`)],
  ];

  it.each(places)('do not leak from %s', (_place, log) => {
    const json = capture();
    log(json.logger);
    expect(json.lines).toHaveLength(1);
    expect(json.lines[0]).not.toContain(SECRET);
    expect(json.lines[0]).toContain('[redacted]');
    expect(() => json.entries()).not.toThrow();
    const pretty = capture({ pretty: true, color: false });
    log(pretty.logger);
    expect(pretty.lines.join('')).not.toContain(SECRET);
  });

  it('known by value are taken out of any text', () => {
    const { logger, lines } = capture({ secrets: [SECRET] });
    logger.info({ note: `x${SECRET}y`, [SECRET]: 1 }, `plainly ${SECRET}`);
    expect(lines[0]).not.toContain(SECRET);
  });

  it('under a secret name never come out, whatever they are and however deep', () => {
    const name = fc.constantFrom('apiKey', 'secret', 'password', 'authorization', 'token', 'keyId', 'accessKey');
    const wrap = fc.array(fc.constantFrom('object', 'array'), { maxLength: 6 });
    const value = fc.oneof(fc.constant(SECRET), fc.constant([SECRET]), fc.constant({ value: SECRET }));
    fc.assert(
      fc.property(name, wrap, value, (key, layers, secret) => {
        let facts: unknown = { [key]: secret };
        for (const layer of layers) facts = layer === 'object' ? { inner: facts } : [facts];
        const { logger, lines } = capture();
        logger.info({ facts }, 'x');
        expect(lines.join('')).not.toContain(SECRET);
      }),
    );
  });

  it('leave ordinary facts as they are', () => {
    const facts = {
      symbol: 'O:GOOG160115C00750000',
      key: 'a',
      tokens: 5,
      url: 'https://api.example/v3/trades?limit=10&order=asc',
      at: '2015-12-24T14:30:00Z',
      ratio: -0.25,
      none: null,
      empty: { list: [], text: '' },
    };
    const { logger, entries } = capture();
    logger.info(facts, 'Net price -1.25: 2 legs at 14:30, 100% filled');
    expect(entries()[0]).toMatchObject({ ...facts, msg: 'Net price -1.25: 2 legs at 14:30, 100% filled' });
  });
});

describe('pretty lines', () => {
  it('are readable, without colours when told so', () => {
    const { logger, lines } = capture({ pretty: true, color: false });
    logger.warn({ order: 'o-1' }, 'Refused');
    expect(inspect(lines.join(''))).not.toContain('\\x1B');
    expect(lines.join('')).toMatch(/WARNING: Refused\n\s+order: "o-1"/);
    const colored = capture({ pretty: true, color: true });
    colored.logger.warn('Refused');
    expect(colored.lines.join('')).toContain('\u001B[');
  });
});
