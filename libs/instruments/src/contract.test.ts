import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareContracts, optionContract } from './contract.ts';

describe('optionContract', () => {
  const standard = { style: 'american', settlement: 'physical', settles: 'pm', multiplier: 100, adjusted: false };

  it.each([
    ['GOOG151224C00750000', { underlying: 'GOOG', ...standard }],
    ['BRKB160115C00100000', { underlying: 'BRKB', ...standard }],
    ['SDS1160115P00020000', { underlying: 'SDS', ...standard, adjusted: true }],
    ['AAPL2160115P00020000', { underlying: 'AAPL', ...standard, adjusted: true }],
    ['AAPL7140118C00500000', { underlying: 'AAPL', ...standard, multiplier: 10 }],
    ['MSFT7140118C00500000', { underlying: 'MSFT', ...standard, adjusted: true }],
    ['SPX160115C02000000', { underlying: 'SPX', ...standard, style: 'european', settlement: 'cash', settles: 'am' }],
    ['SPXW160115C02000000', { underlying: 'SPX', ...standard, style: 'european', settlement: 'cash' }],
    ['RUTW160115C01000000', { underlying: 'RUT', ...standard, style: 'european', settlement: 'cash' }],
    ['VIX160120C00020000', { underlying: 'VIX', ...standard, style: 'european', settlement: 'cash', settles: 'am' }],
    ['OEX160115C00900000', { underlying: 'OEX', ...standard, settlement: 'cash' }],
  ])('knows what the root of %s implies', (symbol, expected) => {
    expect(optionContract(symbol)).toMatchObject({ symbol, ...expected });
  });

  it('believes the vendor about terms that the root does not tell', () => {
    expect(optionContract('O:GOOG151224C00750000', { multiplier: 150 })).toMatchObject({
      multiplier: 150,
      adjusted: true,
    });
    expect(optionContract('BRKB160115C00100000', { underlying: 'BRK.B' }).underlying).toBe('BRK.B');
    expect(optionContract('SDS1160115P00020000', { adjusted: false }).adjusted).toBe(false);
    expect(optionContract('AAPL7140118C00500000', { multiplier: 100 })).toMatchObject({
      multiplier: 100,
      adjusted: false,
    });
  });
});

describe('compareContracts', () => {
  it('orders by underlying, expiry, strike (as a number), call before put', () => {
    const sorted = [
      'AAPL160115C00095000',
      'AAPL160115P00095000',
      'AAPL160115C00100000',
      'AAPL160219C00050000',
      'GOOG151224C00750000',
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(sorted, { minLength: sorted.length }), (shuffled) => {
        const contracts = shuffled.map((symbol) => optionContract(symbol)).sort(compareContracts);
        expect(contracts.map((contract) => contract.symbol)).toEqual(sorted);
      }),
    );
  });
});
