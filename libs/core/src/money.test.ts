import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTradingError } from './errors.ts';
import {
  addUsd,
  formatUsd,
  negateUsd,
  notional,
  parseUsd,
  scaleUsd,
  subtractUsd,
  usd,
  usdFromMicros,
  usdToNumber,
} from './money.ts';

const LARGEST = 1e15;
const amount = fc.integer({ min: -LARGEST, max: LARGEST }).map((micros) => usdFromMicros(micros));

describe('dollars become micro-dollars', () => {
  it.each([
    [25_000, 25_000_000_000],
    [0.01, 10_000],
    [1.005, 1_005_000],
    [0.1 + 0.2, 300_000],
    [0.000_000_5, 1],
    [-0.000_000_5, -1],
    [0.000_000_49, 0],
    [-12.345_678_9, -12_345_679],
  ])('%d is %d', (dollars, micros) => {
    expect(usd(dollars)).toBe(micros);
  });

  it('without a negative zero, which would be another text in the journal', () => {
    for (const zero of [usd(-0), parseUsd('-0.00'), negateUsd(usd(0)), notional(1, 0, -100)]) {
      expect(Object.is(zero, 0)).toBe(true);
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e16])('%d is refused', (dollars) => {
    expect(() => usd(dollars)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});

describe('decimal text', () => {
  it.each([
    ['25000.50', 25_000_500_000],
    ['-0.0025', -2_500],
    ['+1', 1_000_000],
    [' 7.1 ', 7_100_000],
    ['0.1234564', 123_456],
    ['0.1234565', 123_457],
    ['-0.1234565', -123_457],
    ['0.9999999', 1_000_000],
    // Not a double any more: 0.1 + 0.2 in binary would be off.
    ['4503599627.370497', 4_503_599_627_370_497],
  ])('%s is %d micro-dollars', (text, micros) => {
    expect(parseUsd(text)).toBe(micros);
  });

  it.each(['', '.5', '5.', '1e3', '0x10', '1,000', '$5', 'NaN', '12345678901', '--1'])('"%s" is refused', (text) => {
    expect(() => parseUsd(text)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it.each([
    [25_000_500_000, '25000.50'],
    [-2_500, '-0.0025'],
    [1, '0.000001'],
    [0, '0.00'],
    [-100_000, '-0.10'],
  ])('%d micro-dollars is written as %s', (micros, text) => {
    expect(formatUsd(usdFromMicros(micros))).toBe(text);
  });

  it('what is written is read back exactly', () => {
    fc.assert(
      fc.property(amount, (value) => {
        expect(parseUsd(formatUsd(value))).toBe(value);
      }),
    );
  });
});

describe('arithmetic', () => {
  it('adds, subtracts and negates exactly', () => {
    fc.assert(
      fc.property(amount, amount, amount, (a, b, c) => {
        expect(BigInt(addUsd(a, b, c))).toBe(BigInt(a) + BigInt(b) + BigInt(c));
        expect(BigInt(subtractUsd(a, b))).toBe(BigInt(a) - BigInt(b));
        expect(addUsd(a, negateUsd(a))).toBe(0);
      }),
    );
  });

  it('refuses a sum that a double can not hold', () => {
    const most = usdFromMicros(Number.MAX_SAFE_INTEGER);
    expect(() => addUsd(most, most)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it('a price times contracts times shares is exact', () => {
    const cents = fc.integer({ min: 0, max: 1_000_000 });
    const contracts = fc.integer({ min: -5_000, max: 5_000 });
    fc.assert(
      fc.property(cents, contracts, fc.constantFrom(10, 100), (price, quantity, multiplier) => {
        expect(BigInt(notional(price / 100, quantity, multiplier))).toBe(
          BigInt(price) * 10_000n * BigInt(quantity) * BigInt(multiplier),
        );
      }),
    );
    expect(notional(1.05, -3, 100)).toBe(-315_000_000);
  });

  it('a whole multiple is exact, a fraction is rounded half away from zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e11, max: 1e11 }), fc.integer({ min: 0, max: 1_000 }), (micros, factor) => {
        expect(scaleUsd(usdFromMicros(micros), factor)).toBe(micros * factor + 0);
      }),
    );
    expect(scaleUsd(usdFromMicros(3), 0.5)).toBe(2);
    expect(scaleUsd(usdFromMicros(-3), 0.5)).toBe(-2);
    expect(() => scaleUsd(usd(1), Number.NaN)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it('refuses fractions of a micro-dollar', () => {
    let thrown: unknown;
    try {
      usdFromMicros(0.5);
    } catch (error) {
      thrown = error;
    }
    expect(isTradingError(thrown, 'OUT_OF_RANGE')).toBe(true);
    expect(usdToNumber(usdFromMicros(1_500_000))).toBe(1.5);
  });
});
