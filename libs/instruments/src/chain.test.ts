import { isTradingError, marketDate } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionChain } from './chain.ts';
import { optionContract } from './contract.ts';
import { optionSymbol } from './option-symbol.ts';

const january = marketDate('2016-01-15');
const february = marketDate('2016-02-19');
const chain = (...symbols: string[]) => {
  const contracts = symbols.map((symbol) => optionContract(symbol));
  return new OptionChain(contracts[0]?.underlying ?? 'GOOG', contracts);
};

describe('OptionChain', () => {
  const goog = chain(
    'GOOG160219C00750000',
    'GOOG160115P00755000',
    'GOOG160115C00750000',
    'GOOG160115C00752500',
    'GOOG160115P00750000',
  );

  it('lists expiries and strikes in ascending order and finds contracts by terms', () => {
    expect(goog.expiries()).toEqual([january, february]);
    expect(goog.strikes(january)).toEqual([750, 752.5, 755]);
    expect(goog.strikes(marketDate('2016-03-18'))).toEqual([]);
    expect(goog.contracts(january).map((contract) => contract.symbol)).toEqual([
      'GOOG160115C00750000',
      'GOOG160115P00750000',
      'GOOG160115C00752500',
      'GOOG160115P00755000',
    ]);
    expect(goog.find(january, 752.5, 'call')?.symbol).toBe('GOOG160115C00752500');
    expect(goog.find(january, 752.5, 'put')).toBeUndefined();
    expect(goog.find(february, 755, 'put')).toBeUndefined();
    expect(goog.bySymbol(optionSymbol('O:GOOG160219C00750000'))?.expiry).toBe(february);
    expect(goog.size).toBe(5);
  });

  it('finds a strike that was computed with a rounding error', () => {
    const tenths = chain('F160115C00000300');
    expect(0.1 + 0.2).not.toBe(0.3);
    expect(tenths.find(january, 0.1 + 0.2, 'call')).toBeDefined();
  });

  it('gives the nearest strike, the lower of two, and none where nothing is listed', () => {
    expect(goog.nearestStrike(january, 752)).toBe(752.5);
    expect(goog.nearestStrike(january, 751.25)).toBe(750);
    expect(goog.nearestStrike(january, 1)).toBe(750);
    expect(goog.nearestStrike(january, 752.5, 'put')).toBe(750);
    expect(goog.nearestStrike(february, 752.5, 'put')).toBeUndefined();
    expect(goog.nearestStrike(marketDate('2016-03-18'), 750)).toBeUndefined();
  });

  it('leaves adjusted and mini contracts out', () => {
    const some = chain('AAPL160115C00100000', 'AAPL1160115C00100000', 'AAPL7160115C00105000');
    expect(some.size).toBe(1);
    expect(some.find(january, 100, 'call')?.root).toBe('AAPL');
    expect(some.strikes(january)).toEqual([100]);
  });

  it('finds the PM-settled contract where an AM-settled one has the same terms, whatever their order', () => {
    for (const symbols of [
      ['SPX160115C02000000', 'SPXW160115C02000000'],
      ['SPXW160115C02000000', 'SPX160115C02000000'],
    ]) {
      expect(chain(...symbols).find(january, 2000, 'call')?.root).toBe('SPXW');
    }
    expect(chain('SPX160115C02000000').find(january, 2000, 'call')?.root).toBe('SPX');
  });

  it('refuses a contract of another underlying', () => {
    expect(() => new OptionChain('GOOG', [optionContract('TWX160115C00065000')])).toThrow(
      expect.toSatisfy((error) => isTradingError(error, 'INVALID_VALUE')),
    );
  });

  it('finds every contract that it was given, once, in any order', () => {
    const symbols = fc.uniqueArray(
      fc
        .tuple(
          fc.constantFrom('160115', '160219', '170120'),
          fc.constantFrom('C', 'P'),
          fc.integer({ min: 1, max: 99_999_999 }),
        )
        .map(([expiry, right, strike]) => `GOOG${expiry}${right}${String(strike).padStart(8, '0')}`),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(symbols, (list) => {
        const built = chain(...list);
        expect(built.size).toBe(list.length);
        expect(built.expiries().flatMap((expiry) => built.contracts(expiry))).toHaveLength(list.length);
        for (const symbol of list) {
          const { expiry, strike, right } = optionContract(symbol);
          expect(built.find(expiry, strike, right)?.symbol).toBe(symbol);
          expect(built.nearestStrike(expiry, strike, right)).toBe(strike);
        }
      }),
    );
  });
});
