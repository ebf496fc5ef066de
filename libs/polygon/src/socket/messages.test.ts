import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutated, thrown } from '../testing/mutations.ts';
import { PROTOCOLS } from '../testing/shared-data.ts';
import { type Fields, acknowledged, isDataEvent, isFields, parseDataEvent, parseStatus } from './messages.ts';

const QUOTE = {
  ev: 'Q',
  sym: 'O:SPY241220P00720000',
  bx: 302,
  ax: 302,
  bp: 9.71,
  ap: 9.81,
  bs: 17,
  as: 24,
  t: 1644506128351,
  q: 1,
};
const TRADE = { ev: 'T', sym: 'O:AMC210827C00037000', x: 65, p: 1.54, s: 1, c: [233], t: 1629820676333, q: 651921857 };
const BAR = {
  ev: 'AM',
  sym: 'GTE',
  v: 4110,
  av: 9470157,
  op: 0.4372,
  vw: 0.4488,
  o: 0.4488,
  c: 0.4486,
  h: 0.4489,
  l: 0.4486,
  a: 0.4352,
  z: 685,
  s: 1610144640000,
  e: 1610144700000,
};

it('reads a quote, its symbol without prefix, its time from milliseconds', () => {
  expect(parseDataEvent(QUOTE)).toEqual({
    kind: 'quote',
    quote: { symbol: 'SPY241220P00720000', at: 1644506128351000, bid: 9.71, bidSize: 17, ask: 9.81, askSize: 24 },
  });
});

it('reads a trade and a minute bar', () => {
  expect(parseDataEvent(TRADE)).toEqual({
    kind: 'trade',
    trade: { symbol: 'AMC210827C00037000', at: 1629820676333000, price: 1.54, size: 1 },
  });
  expect(parseDataEvent(BAR)).toEqual({
    kind: 'bar',
    bar: {
      symbol: 'GTE',
      start: 1610144640000000,
      end: 1610144700000000,
      open: 0.4488,
      high: 0.4489,
      low: 0.4486,
      close: 0.4486,
      volume: 4110,
    },
  });
});

describe('a side that nobody quotes is null', () => {
  it.each([
    ['left out', { bp: undefined, bs: undefined }],
    ['null', { bp: null, bs: null }],
    ['zero with size zero', { bp: 0, bs: 0 }],
    ['zero', { bp: 0, bs: 5 }],
  ])('%s', (_name, over) => {
    expect(parseDataEvent({ ...QUOTE, ...over })).toMatchObject({
      quote: { bid: null, bidSize: 0, ask: 9.81, askSize: 24 },
    });
  });
});

it('finds the parameter that an acknowledgement names', () => {
  expect(acknowledged('subscribed to: Q.O:SPY241220P00720000')).toBe('Q.O:SPY241220P00720000');
  expect(acknowledged('unsubscribed to: Q.O:SPY241220P00720000')).toBeUndefined();
});

it('reads or refuses, whatever a vendor does to an event', () => {
  for (const original of [QUOTE, TRADE, BAR]) {
    fc.assert(
      fc.property(mutated(original).filter(isFields), (event) => {
        expect(thrown(() => parseStatus(event))).toBe('none');
        expect(['none', 'TradingError']).toContain(thrown(() => isDataEvent(event) && parseDataEvent(event)));
      }),
      { numRuns: 300 },
    );
  }
  expect.hasAssertions();
});

const EXAMPLES = join(PROTOCOLS, 'ws-examples');
describe.skipIf(!existsSync(EXAMPLES))(`official examples in ${EXAMPLES}`, () => {
  it.each(['options__Q', 'options__T', 'options__A', 'options__AM', 'stocks__Q', 'stocks__T', 'stocks__AM'])(
    '%s is read with every value that we carry',
    (name) => {
      const raw: unknown = JSON.parse(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8'));
      if (!isFields(raw)) throw new Error('The example is no object');
      expect(inVendorWords(raw)).toEqual(raw);
    },
  );

  /** The parsed event in the vendor's words, laid over the original: equal to it when nothing was lost or changed. */
  function inVendorWords(raw: Fields): Fields {
    const event = parseDataEvent(raw);
    const sym = (symbol: string): string => (symbol.length > 15 ? `O:${symbol}` : symbol);
    switch (event.kind) {
      case 'quote': {
        const { symbol, at, bid, bidSize, ask, askSize } = event.quote;
        return { ...raw, sym: sym(symbol), t: at / 1000, bp: bid, bs: bidSize, ap: ask, as: askSize };
      }
      case 'trade': {
        const { symbol, at, price, size } = event.trade;
        return { ...raw, sym: sym(symbol), t: at / 1000, p: price, s: size };
      }
      case 'bar': {
        const { symbol, start, end, open, high, low, close, volume } = event.bar;
        return {
          ...raw,
          sym: sym(symbol),
          s: start / 1000,
          e: end / 1000,
          o: open,
          h: high,
          l: low,
          c: close,
          v: volume,
        };
      }
      case 'index-value':
      case 'fair-value':
      case 'limit-band':
      case 'gap':
        throw new Error(`unexpected ${event.kind}`);
    }
  }
});

const FRAMES = join(PROTOCOLS, 'docs-wire', 'ws_frames.json');
describe.skipIf(!existsSync(FRAMES))(`recorded frames in ${FRAMES}`, () => {
  it('has a status in every frame of the provider that carries no data', () => {
    const frames: unknown = JSON.parse(readFileSync(FRAMES, 'utf8'));
    const inbound = (Array.isArray(frames) ? frames : [])
      .filter((entry) => entry.dir === 'in')
      .flatMap((entry) => entry.frame);
    const statuses = inbound
      .filter(isFields)
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
    expect(statuses.map(({ message }) => acknowledged(message)).filter((parameter) => parameter !== undefined)).toEqual(
      ['T.O:SPY241220P00720000', 'Q.O:SPY241220P00720000'],
    );
  });
});
