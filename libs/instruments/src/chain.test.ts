import { isTradingError, marketDate } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionChain } from './chain.ts';
import { optionContract } from './contract.ts';

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
    const [first] = goog.series(january);
    expect(goog.series(january)).toHaveLength(1);
    expect(first).toMatchObject({ expiry: january, settles: 'pm', strikes: [750, 752.5, 755] });
    expect(goog.series(marketDate('2016-03-18'))).toEqual([]);
    expect(first?.contracts.map((contract) => contract.symbol)).toEqual([
      'GOOG160115C00750000',
      'GOOG160115P00750000',
      'GOOG160115C00752500',
      'GOOG160115P00755000',
    ]);
    expect(first?.find(752.5, 'call')?.symbol).toBe('GOOG160115C00752500');
    expect(first?.find(752.5, 'put')).toBeUndefined();
    expect(goog.series(february)[0]?.find(755, 'put')).toBeUndefined();
    expect(goog.size).toBe(5);
  });

  it('finds a strike that was computed with a rounding error', () => {
    const tenths = chain('F160115C00000300');
    expect(0.1 + 0.2).not.toBe(0.3);
    expect(tenths.series(january)[0]?.find(0.1 + 0.2, 'call')).toBeDefined();
  });

  it('leaves adjusted and mini contracts out', () => {
    const some = chain('AAPL160115C00100000', 'AAPL1160115C00100000', 'AAPL7160115C00105000');
    expect(some.size).toBe(1);
    const [series] = some.series(january);
    expect(series?.find(100, 'call')?.root).toBe('AAPL');
    expect(series?.strikes).toEqual([100]);
    // It ends with the standard ones all the same.
    expect(some.seriesOf(optionContract('AAPL1160115C00100000'))).toBe(series);
  });

  it('keeps apart what is settled in the morning and at the close of one date, whatever their order', () => {
    const listed = ['SPX160115C02000000', 'SPX160115P02005000', 'SPXW160115C02000000'];
    for (const symbols of [listed, listed.toReversed()]) {
      const spx = chain(...symbols);
      const [later, earlier, ...rest] = spx.series(january);
      expect(rest).toEqual([]);
      expect(later).toMatchObject({ settles: 'pm', strikes: [2000] });
      expect(earlier).toMatchObject({ settles: 'am', strikes: [2000, 2005] });
      expect(later?.find(2000, 'call')?.root).toBe('SPXW');
      expect(earlier?.find(2000, 'call')?.root).toBe('SPX');
      for (const symbol of symbols)
        expect(spx.seriesOf(optionContract(symbol))?.contracts.map((one) => one.symbol)).toContain(symbol);
    }
    expect(chain('SPX160115C02000000').series(january)).toMatchObject([{ settles: 'am' }]);
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
        expect(built.expiries().flatMap((expiry) => built.series(expiry)[0]?.contracts ?? [])).toHaveLength(
          list.length,
        );
        for (const symbol of list) {
          const contract = optionContract(symbol);
          expect(built.seriesOf(contract)?.find(contract.strike, contract.right)?.symbol).toBe(symbol);
        }
      }),
    );
  });
});
