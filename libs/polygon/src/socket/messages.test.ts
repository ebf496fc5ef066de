import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nanosText } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../http/json.ts';
import { mutated, thrown } from '@trading-agent/testkit';
import { PROTOCOLS } from '../testing/shared-data.ts';
import { QUOTE } from '../testing/wire-examples.ts';
import { type Fields, acknowledged, instantOf, isFields, parseStatus, readEvent, readQuote } from './messages.ts';
import { kindOfEvent } from './topics.ts';

const TRADE = { ev: 'T', sym: 'O:AMC210827C00037000', x: 65, p: 1.54, s: 1, c: [233], t: 1629820676333, q: 651921857 };
const BAR = {
  ev: 'AM',
  sym: 'GTE',
  v: 4110,
  av: 9470157,
  op: 0.4372,
  o: 0.4488,
  c: 0.4486,
  h: 0.4489,
  l: 0.4486,
  s: 1610144640000,
  e: 1610144700000,
};
const VALUE = { ev: 'V', val: 3988.5, T: 'I:SPX', t: 1678220098130 };
const FAIR = { ev: 'FMV', fmv: 7.2, sym: 'O:TSLA210903C00700000', t: '1401715883806000123' };
const BAND = { ev: 'LULD', T: 'MSFT', h: 218.96, l: 198.11, i: [21], z: 3, t: 1601316752683746, q: 290317 };

/** The event in the vendor's words. */
function inVendorWords(raw: Fields): Fields {
  const sym = (symbol: string): string => (symbol.length > 15 ? `O:${symbol}` : symbol);
  if (raw['ev'] === 'Q') {
    const { quote, sequence } = readQuote(raw);
    const { symbol, at, bid, bidSize, ask, askSize } = quote;
    return { ...raw, sym: sym(symbol), t: at / 1000, bp: bid, bs: bidSize, ap: ask, as: askSize, q: sequence };
  }
  const { event, sequence } = readEvent(raw);
  switch (event.kind) {
    case 'trade': {
      const { symbol, at, price, size } = event.trade;
      return { ...raw, sym: sym(symbol), t: at / 1000, p: price, s: size, q: sequence };
    }
    case 'bar': {
      const { symbol, start, end, open, high, low, close, volume } = event.bar;
      const v = raw['v'] === undefined ? {} : { v: volume };
      return { ...raw, ...v, sym: sym(symbol), s: start / 1000, e: end / 1000, o: open, h: high, l: low, c: close };
    }
    case 'index-value':
      return { ...raw, T: event.value.symbol, val: event.value.value, t: event.value.at / 1000 };
    case 'fair-value':
      return { ...raw, sym: sym(event.value.symbol), fmv: event.value.value, t: stampLike(raw['t'], event.value.at) };
    case 'limit-band': {
      const { symbol, at, high, low, indicators } = event.band;
      return { ...raw, T: symbol, h: high, l: low, i: indicators, t: stampLike(raw['t'], at), q: sequence };
    }
  }
}

/** `at` in the unit of the stamp; what lies below a microsecond is taken from it. */
function stampLike(stamp: unknown, at: number): unknown {
  const digits = String(stamp);
  if (digits.length === 19) return `${nanosText(instantOf(stamp)).slice(0, -3)}${digits.slice(-3)}`;
  return digits.length === 16 ? at : at / 1000;
}

it.each([QUOTE, TRADE, BAR, VALUE, FAIR, BAND])('$ev is read with every value that we carry', (raw) => {
  expect(inVendorWords(raw)).toEqual(raw);
});

it('option symbols come without prefix, times as microseconds', () => {
  expect(readQuote(QUOTE).quote).toMatchObject({ symbol: 'SPY241220P00720000', at: 1644506128351000 });
  expect(readEvent(TRADE).event).toMatchObject({ trade: { symbol: 'AMC210827C00037000', at: 1629820676333000 } });
  expect(readEvent(FAIR).event).toMatchObject({ value: { symbol: 'TSLA210903C00700000', at: 1401715883806000 } });
});

describe('a side that nobody quotes is null', () => {
  it.each([
    ['left out', { bp: undefined, bs: undefined }],
    ['null', { bp: null, bs: null }],
    ['zero with size zero', { bp: 0, bs: 0 }],
    ['zero', { bp: 0, bs: 5 }],
  ])('%s', (_name, over) => {
    expect(readQuote({ ...QUOTE, ...over }).quote).toMatchObject({ bid: null, bidSize: 0, ask: 9.81, askSize: 24 });
  });
});

it.each([
  ['a window that ends before it begins', { ...BAR, e: BAR.s - 1 }],
  ['a negative price', { ...TRADE, p: -1 }],
  ['no size', { ...TRADE, s: undefined }],
  ['a symbol that is none', { ...TRADE, sym: 'O:AMC' }],
  ['a time that is none', { ...VALUE, t: 5 }],
  ['a value in words', { ...FAIR, fmv: '7.2' }],
])('%s is refused', (_name, raw) => {
  expect(thrown(() => readEvent(raw))).toBe('TradingError');
});

it('the unit of a stamp follows from its size: milliseconds, microseconds, nanoseconds', () => {
  expect([1601316752683, 1601316752683746, '1601316752683746999'].map(instantOf)).toEqual([
    1601316752683000, 1601316752683746, 1601316752683746,
  ]);
});

it('finds the parameters that an acknowledgement names', () => {
  expect(acknowledged('subscribed to: Q.O:SPY241220P00720000')).toEqual({
    done: 'subscribed',
    parameters: ['Q.O:SPY241220P00720000'],
  });
  expect(acknowledged('unsubscribed to: T.AAPL,Q.MSFT')).toEqual({
    done: 'unsubscribed',
    parameters: ['T.AAPL', 'Q.MSFT'],
  });
  expect(acknowledged('Connected Successfully')).toBeUndefined();
});

it('reads or refuses, whatever a vendor does to an event', () => {
  for (const original of [QUOTE, TRADE, BAR, VALUE, FAIR, BAND]) {
    fc.assert(
      fc.property(mutated(original).filter(isFields), (event) => {
        expect(thrown(() => parseStatus(event))).toBe('none');
        expect(['none', 'TradingError']).toContain(
          thrown(() => (event['ev'] === 'Q' ? readQuote(event) : kindOfEvent(event['ev']) && readEvent(event))),
        );
      }),
      { numRuns: 200 },
    );
  }
  expect.hasAssertions();
});

it('fields that are added or that we can do without change nothing', () => {
  const needed: Readonly<Record<string, readonly string[]>> = {
    T: ['ev', 'sym', 'p', 's', 't', 'q'],
    AM: ['ev', 'sym', 'o', 'h', 'l', 'c', 'v', 's', 'e'],
    V: ['ev', 'val', 'T', 't'],
    FMV: ['ev', 'fmv', 'sym', 't'],
    LULD: ['ev', 'T', 'h', 'l', 'i', 't', 'q'],
  };
  fc.assert(
    fc.property(
      fc.constantFrom<Fields>(TRADE, BAR, VALUE, FAIR, BAND),
      fc.dictionary(fc.stringMatching(/^[a-z]{4,8}$/), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 }),
      fc.constantFrom(null, undefined),
      (original, added, nothing) => {
        const kept = needed[String(original['ev'])] ?? [];
        const emptied = Object.fromEntries(
          Object.entries(original).map(([name, value]) => [name, kept.includes(name) ? value : nothing]),
        );
        expect(readEvent({ ...added, ...emptied })).toEqual(readEvent(original));
      },
    ),
    { numRuns: 200 },
  );
});

const EXAMPLES = join(PROTOCOLS, 'ws-examples');
describe.skipIf(!existsSync(EXAMPLES))(`official examples in ${EXAMPLES}`, () => {
  it.each([
    'options__Q',
    'options__T',
    'options__A',
    'options__AM',
    'business__options__FMV',
    'business__stocks__FMV',
    'stocks__Q',
    'stocks__T',
    'stocks__A',
    'stocks__AM',
    'stocks__LULD',
    'indices__V',
    'indices__A',
    'indices__AM',
    'launchpad__options__AM',
    'launchpad__stocks__AM',
  ])('%s is read with every value that we carry', (name) => {
    const raw = parseExactJson(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8'));
    if (!isFields(raw)) throw new Error('The example is no object');
    expect(inVendorWords(raw)).toEqual(raw);
  });

  it.each(['stocks__NOI', 'launchpad__options__LV', 'launchpad__stocks__LV'])(
    '%s is of a kind that we leave alone',
    (name) => {
      const raw: unknown = JSON.parse(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8'));
      expect(isFields(raw) && kindOfEvent(raw['ev'])).toBeUndefined();
    },
  );
});

const FRAMES = join(PROTOCOLS, 'docs-wire', 'ws_frames.json');
describe.skipIf(!existsSync(FRAMES))(`recorded frames in ${FRAMES}`, () => {
  const frames = (): readonly Fields[] => {
    const parsed = parseExactJson(readFileSync(FRAMES, 'utf8'));
    return (Array.isArray(parsed) ? parsed : []).filter((entry) => entry.dir === 'in').flatMap((entry) => entry.frame);
  };

  it('has a status in every frame of the provider that carries no data', () => {
    const statuses = frames()
      .filter((event) => event['ev'] === 'status')
      .map(parseStatus);
    expect(statuses.map(({ status }) => status)).toEqual([
      'connected',
      'auth_success',
      'auth_failed',
      'auth_failed',
      'auth_timeout',
      'success',
      'success',
      'success',
      'max_connections',
    ]);
    expect(statuses.flatMap(({ message }) => acknowledged(message) ?? [])).toEqual([
      { done: 'subscribed', parameters: ['T.O:SPY241220P00720000'] },
      { done: 'subscribed', parameters: ['Q.O:SPY241220P00720000'] },
      { done: 'unsubscribed', parameters: ['T.O:SPY241220P00720000'] },
    ]);
  });

  it('has a fair value whose nanoseconds are exact up to the microsecond that we carry', () => {
    expect(
      frames()
        .filter((event) => event['ev'] === 'FMV')
        .map((event) => readEvent(event).event),
    ).toEqual([{ kind: 'fair-value', value: { symbol: 'MSFT', at: 1760646477151120, value: 509.917 } }]);
  });
});
