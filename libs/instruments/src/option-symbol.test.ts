import { addDays, isTradingError, marketDate } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatOptionSymbol,
  optionSymbol,
  osiSymbol,
  parseOptionSymbol,
  polygonOptionTicker,
} from './option-symbol.ts';

/** Root (index weeklies, adjusted and mini ones included), any day of the century, any strike of the grid. */
const parts = fc.record({
  root: fc.oneof(
    fc.constantFrom('SPX', 'SPXW', 'SDS1', 'AAPL7', 'C', 'P', 'CC', 'PCP', 'V1P', 'BRKB'),
    fc.stringMatching(/^[A-Z][A-Z0-9]{0,5}$/),
  ),
  expiry: fc.nat(36_524).map((days) => addDays(marketDate('2000-01-01'), days)),
  right: fc.constantFrom('call' as const, 'put' as const),
  strike: fc.integer({ min: 1, max: 99_999_999 }).map((thousandths) => thousandths / 1000),
});

describe('option symbols', () => {
  // OCC, "Options Symbology Initiative", and the vendors' own examples.
  it.each([
    ['O:GOOG151224C00750000', { root: 'GOOG', expiry: '2015-12-24', right: 'call', strike: 750 }],
    ['GOOG  151224C00750000', { root: 'GOOG', expiry: '2015-12-24', right: 'call', strike: 750 }],
    ['SPX   141122P00019500', { root: 'SPX', expiry: '2014-11-22', right: 'put', strike: 19.5 }],
    ['LAMR  150117C00052500', { root: 'LAMR', expiry: '2015-01-17', right: 'call', strike: 52.5 }],
    ['O:AAPL140621C00645000', { root: 'AAPL', expiry: '2014-06-21', right: 'call', strike: 645 }],
    ['SDS1160115P00020125', { root: 'SDS1', expiry: '2016-01-15', right: 'put', strike: 20.125 }],
    ['SPXW210105C03700000', { root: 'SPXW', expiry: '2021-01-05', right: 'call', strike: 3700 }],
    ['O:TSLA  991231P00000001', { root: 'TSLA', expiry: '2099-12-31', right: 'put', strike: 0.001 }],
  ])('reads %s', (text, expected) => {
    expect(parseOptionSymbol(text)).toEqual(expected);
  });

  it('comes back from every spelling', () => {
    fc.assert(
      fc.property(parts, (terms) => {
        const symbol = formatOptionSymbol(terms);
        for (const spelling of [symbol, polygonOptionTicker(symbol), osiSymbol(symbol), `O:${osiSymbol(symbol)}`]) {
          expect(parseOptionSymbol(spelling)).toEqual(terms);
          expect(optionSymbol(spelling)).toBe(symbol);
        }
        expect(osiSymbol(symbol)).toHaveLength(21);
      }),
    );
  });

  it('gives different contracts different symbols', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(formatOptionSymbol(a) === formatOptionSymbol(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it.each([
    '',
    'GOOG',
    'O:',
    'goog151224C00750000',
    'GOOG151224X00750000',
    'GOOG151224C0075000',
    'GOOG151224C007500000',
    'GOOG151324C00750000',
    'GOOG150229C00750000',
    'GOOG151224C00000000',
    'TOOLONG151224C00750000',
    '1GOOG151224C00750000',
    'O:O:GOOG151224C00750000',
    ' GOOG151224C00750000',
    'GOOG151224C00750000 ',
    'GOOG151224C00750000\n',
    'GOOG151224C-0750000',
    'GO OG151224C00750000',
    'SPXW       210105C03700000',
    'GOOG 151224C00750000',
  ])('refuses %j', (text) => {
    expect(() => parseOptionSymbol(text)).toThrow(expect.toSatisfy((error) => isTradingError(error, 'INVALID_SYMBOL')));
  });

  it('refuses any other text with INVALID_SYMBOL and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(O:)?[A-Z0-9 ]{0,8}\d{6}[CPX]\d{7,9}$/)), (text) => {
        try {
          expect(formatOptionSymbol(parseOptionSymbol(text))).toBe(text.replace(/^O:/, '').replaceAll(' ', ''));
        } catch (error) {
          if (!isTradingError(error, 'INVALID_SYMBOL')) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['a root that is too long', { root: 'ABCDEFG' }],
    ['a root in lower case', { root: 'goog' }],
    ['no root', { root: '' }],
    ['a strike between the grid', { strike: 1.0005 }],
    ['a strike of zero', { strike: 0 }],
    ['a negative strike', { strike: -1 }],
    ['a strike that does not fit', { strike: 100_000 }],
    ['a strike that is no number', { strike: Number.NaN }],
    ['an infinite strike', { strike: Number.POSITIVE_INFINITY }],
    ['an expiry of another century', { expiry: marketDate('1999-12-17') }],
  ])('formats no symbol with %s', (_what, change) => {
    const terms = { root: 'GOOG', expiry: marketDate('2015-12-24'), right: 'call' as const, strike: 750, ...change };
    expect(() => formatOptionSymbol(terms)).toThrow(
      expect.toSatisfy((error) => isTradingError(error, 'INVALID_SYMBOL')),
    );
  });
});
