import { expect, test } from 'vitest';
import { atTheMoneyVolatility, type OptionObservation, putCallRatio } from './option-features.ts';

const row = (
  right: 'call' | 'put',
  strike: number,
  impliedVolatility: number | null,
  volume: number | null = null,
  openInterest: number | null = null,
): OptionObservation => ({ right, strike, impliedVolatility, volume, openInterest });

const chain = [
  row('call', 95, 0.3, 10, 100),
  row('put', 95, 0.32, 20, 300),
  row('call', 100, 0.28, 30, null),
  row('put', 100, null, null, 50),
  row('call', 105, 0.26, 0, 0),
];

test('put/call ratio by volume and by open interest, unknown figures left out', () => {
  expect(putCallRatio(chain, 'volume')).toBeCloseTo(20 / 40, 15);
  expect(putCallRatio(chain, 'openInterest')).toBeCloseTo(350 / 100, 15);
  expect(putCallRatio([row('put', 100, null, 5, 5)], 'volume')).toBeNull();
});

test('at-the-money volatility is linear between the strikes around the forward', () => {
  expect(atTheMoneyVolatility(chain, 95)).toBeCloseTo(0.31, 15);
  expect(atTheMoneyVolatility(chain, 98)).toBeCloseTo(0.31 + (0.28 - 0.31) * 0.6, 15);
  expect(atTheMoneyVolatility(chain, 120)).toBeCloseTo(0.26, 15);
  expect(atTheMoneyVolatility(chain, 80)).toBeCloseTo(0.31, 15);
  expect(atTheMoneyVolatility([row('put', 100, null)], 100)).toBeNull();
});
