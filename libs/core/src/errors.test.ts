import { describe, expect, it } from 'vitest';
import { ManualClock } from './clock.ts';
import { ERROR_CODES } from './error-codes.ts';
import { isTradingError, toTradingError, TradingError } from './errors.ts';
import { micros } from './time.ts';

describe('a trading error', () => {
  it('knows what follows from its code', () => {
    const unknown = new TradingError('ORDER_FATE_UNKNOWN', 'lost', { hint: 'look it up', details: { id: 'x' } });
    expect([unknown.haltsTrading, unknown.retryable, unknown.exitCode]).toEqual([true, false, 1]);
    expect(new TradingError('BROKER_RATE_LIMITED', '').retryable).toBe(true);
    expect(new TradingError('INVALID_DATE', '').exitCode).toBe(2);
    expect(JSON.parse(JSON.stringify(unknown))).toEqual({
      code: 'ORDER_FATE_UNKNOWN',
      message: 'lost',
      hint: 'look it up',
      details: { id: 'x' },
    });
  });

  it('never lets an order of unknown fate or a broken book be tried again', () => {
    const grave = Object.entries(ERROR_CODES).filter(([code]) => /^(ORDER|JOURNAL)_/.test(code));
    expect(grave.length).toBeGreaterThan(3);
    expect(grave.filter(([, { retry, halts }]) => retry || !halts)).toEqual([]);
  });

  it('keeps what was thrown as its cause', () => {
    const cause = new RangeError('odd');
    const error = toTradingError(cause);
    expect([error.code, error.message, error.cause]).toEqual(['INTERNAL', 'odd', cause]);
    expect(toTradingError(error)).toBe(error);
    expect(toTradingError('text').message).toBe('text');
    expect([isTradingError(error, 'INTERNAL'), isTradingError(error, 'USAGE'), isTradingError(cause)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('a clock', () => {
  it('moves only forwards when it is moved by hand', () => {
    const clock = new ManualClock(micros(10));
    clock.advanceTo(micros(10));
    clock.advanceTo(micros(12));
    expect(clock.now()).toBe(12);
    expect(() => clock.advanceTo(micros(11))).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(clock.now()).toBe(12);
  });
});
