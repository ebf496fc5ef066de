import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutated, thrown } from '@trading-agent/testkit';
import { PROTOCOLS } from '../testing/shared-data.ts';
import { parseExactJson } from './json.ts';
import { parseContract, parseMinuteBar, parseSnapshotRow } from './parse.ts';

/** A whole chain row as the provider's sheet records it, with its nanoseconds as they stood on the wire. */
const SNAPSHOT = `{
 "break_even_price":179.075,
 "details":{"ticker":"O:AAPL230616C00150000","contract_type":"call","exercise_style":"american",
            "expiration_date":"2023-06-16","strike_price":150,"shares_per_contract":100},
 "greeks":{"delta":0.6437,"gamma":0.00617,"theta":-0.0282,"vega":0.6381},
 "implied_volatility":0.357,"open_interest":8133,
 "last_quote":{"bid":28.9,"bid_size":294,"ask":29.25,"ask_size":209,"midpoint":29.075,"last_updated":1651254260800059648},
 "underlying_asset":{"ticker":"AAPL","price":159.9606}}`;

const CONTRACT = {
  ticker: 'O:AAPL211119C00085000',
  underlying_ticker: 'AAPL',
  contract_type: 'call',
  exercise_style: 'american',
  expiration_date: '2021-11-19',
  strike_price: 85,
  shares_per_contract: 100,
};

describe('contracts', () => {
  it('reads a listed call', () => {
    expect(parseContract(CONTRACT)).toEqual({
      symbol: 'AAPL211119C00085000',
      root: 'AAPL',
      underlying: 'AAPL',
      expiry: '2021-11-19',
      right: 'call',
      strike: 85,
      multiplier: 100,
      style: 'american',
      settlement: 'physical',
      settles: 'pm',
      adjusted: false,
    });
  });

  it('needs nothing but the ticker', () => {
    expect(parseContract({ ticker: CONTRACT.ticker })).toEqual(parseContract(CONTRACT));
  });

  it('marks contracts with an odd deliverable, which are never traded', () => {
    const deliverable = [{ type: 'equity', underlying: 'VMW', amount: 44 }];
    expect(parseContract({ ...CONTRACT, additional_underlyings: deliverable }).adjusted).toBe(true);
    expect(parseContract({ ...CONTRACT, shares_per_contract: 150 }).adjusted).toBe(true);
  });

  it.each([
    ['contract_type', 'other'],
    ['contract_type', 'put'],
    ['exercise_style', 'bermudan'],
    ['expiration_date', '2021-11-26'],
    ['strike_price', 86],
    ['ticker', 'O:AAPL211022C000150000'],
  ])('refuses a row whose %s is %s, rather than guess', (field, value) => {
    expect(() => parseContract({ ...CONTRACT, [field]: value })).toThrow(CONTRACT.ticker.slice(0, 6));
  });
});

describe('chain snapshot rows', () => {
  it('reads quote, volatility and open interest, the time to the microsecond', () => {
    const row = parseSnapshotRow(parseExactJson(SNAPSHOT));
    expect(row.contract.symbol).toBe('AAPL230616C00150000');
    expect(row.contract.underlying).toBe('AAPL');
    expect(row.quote).toEqual({
      symbol: 'AAPL230616C00150000',
      at: 1651254260800059,
      bid: 28.9,
      bidSize: 294,
      ask: 29.25,
      askSize: 209,
    });
    expect([row.impliedVolatility, row.openInterest]).toEqual([0.357, 8133]);
  });

  it('keeps the contract when the plan leaves out everything else', () => {
    expect(parseSnapshotRow({ details: CONTRACT, greeks: {}, day: {} })).toEqual({
      contract: parseContract(CONTRACT),
      quote: null,
      impliedVolatility: null,
      openInterest: null,
    });
  });

  it('takes a quote without time for no quote, and a side at zero for not quoted', () => {
    expect(parseSnapshotRow({ details: CONTRACT, last_quote: { bid: 1, ask: 2 } }).quote).toBeNull();
    const quote = { bid: 0, bid_size: 0, ask: 0.05, ask_size: 7, last_updated: '1651254260800059648' };
    expect(parseSnapshotRow({ details: CONTRACT, last_quote: quote }).quote).toMatchObject({
      bid: null,
      bidSize: 0,
      ask: 0.05,
      askSize: 7,
    });
  });
});

describe('minute bars', () => {
  it('reads the window from its start, with and without volume', () => {
    const row = { o: 26.7, h: 26.95, l: 26.55, c: 26.95, v: 42, vw: 26.7943, n: 9, t: 1672808400000 };
    expect(parseMinuteBar('SPY', row)).toEqual({
      symbol: 'SPY',
      start: 1672808400000000,
      end: 1672808460000000,
      open: 26.7,
      high: 26.95,
      low: 26.55,
      close: 26.95,
      volume: 42,
    });
    expect(parseMinuteBar('I:NDX', { ...row, v: undefined }).volume).toBe(0);
  });
});

describe('whatever a vendor does to a row', () => {
  const cases: [string, unknown, (row: unknown) => unknown][] = [
    ['contract', CONTRACT, parseContract],
    ['snapshot row', parseExactJson(SNAPSHOT), parseSnapshotRow],
    ['bar', { o: 1, h: 2, l: 1, c: 2, v: 3, t: 1672808400000 }, (row) => parseMinuteBar('SPY', row)],
  ];
  it.each(cases)('a %s is read or refused, with an error that says why', (_name, original, parse) => {
    fc.assert(
      fc.property(mutated(original), (row) => {
        expect(['none', 'TradingError', 'ZodError', '$ZodError']).toContain(thrown(() => parse(row)));
      }),
      { numRuns: 300 },
    );
    expect.hasAssertions();
  });
});

const EXAMPLES = join(PROTOCOLS, 'openapi-examples');
describe.skipIf(!existsSync(EXAMPLES))(`official examples in ${EXAMPLES}`, () => {
  const results = (file: string): unknown[] => {
    const body = parseExactJson(readFileSync(join(EXAMPLES, file), 'utf8'));
    const list = typeof body === 'object' && body !== null && 'results' in body ? body.results : undefined;
    return Array.isArray(list) ? list : [list];
  };

  it('contracts: all rows are read, the adjusted one is marked', () => {
    expect(results('v3__reference__options__contracts.json').map(parseContract)).toMatchObject([
      { symbol: 'AAPL211119C00085000', strike: 85, adjusted: false },
      { symbol: 'AAPL211119C00090000', strike: 90, adjusted: true },
    ]);
  });

  it('snapshot of one contract: every field that we carry is read', () => {
    expect(results('v3__snapshot__options__underlyingAsset__optionContract.json').map(parseSnapshotRow)).toMatchObject([
      {
        contract: { symbol: 'AAPL230616C00150000', underlying: 'AAPL' },
        quote: { at: 1636573458756383, bid: 20.9, bidSize: 172, ask: 21.25, askSize: 110 },
        impliedVolatility: 0.3048997097864957,
        openInterest: 8921,
      },
    ]);
  });

  it('snapshot of a chain: the ticker of the example is none (nine strike digits), so the row is refused', () => {
    const rows = results('v3__snapshot__options__underlyingAsset.json');
    expect(() => rows.map(parseSnapshotRow)).toThrow(/not an OCC option symbol/);
  });

  const bars = existsSync(EXAMPLES)
    ? readdirSync(EXAMPLES).filter((file) => /^v2__aggs__ticker.*\.json$/.test(file))
    : [];
  it.each(bars)('%s: every bar is read with all its prices', (file) => {
    const rows = results(file);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const { open, high, low, close, start } = parseMinuteBar('X', row);
      expect(row).toMatchObject({ o: open, h: high, l: low, c: close, t: start / 1000 });
    }
  });
});
