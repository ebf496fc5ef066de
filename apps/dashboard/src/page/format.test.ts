import { describe, expect, it } from 'vitest';
import * as format from './format.ts';

const contract = (strike: number, expiry = '2015-12-24') => ({ root: 'GOOG', expiry, right: 'call', strike }) as const;
const leg = (strike: number, intent: string, expiry?: string) => ({
  symbol: 'X',
  contract: contract(strike, expiry),
  ratio: 1,
  intent,
});
const order = {
  clientOrderId: 'o',
  at: '',
  underlying: 'GOOG',
  strategy: null,
  quantity: 1,
  filled: 0,
  type: 'limit',
  status: 'new',
  reason: null,
};

describe('format', () => {
  it('writes money with a true minus sign, and nothing as a dash', () => {
    expect(format.money(-1234.5)).toBe('−$1,234.50');
    expect(format.moneyChange(12)).toBe('+$12.00');
    expect(format.moneyChange(0)).toBe('$0.00');
    expect(format.moneyChange(-0)).toBe('$0.00');
    expect(format.money(null)).toBe('–');
    expect(format.percentageChange(-0.0031)).toBe('−0.31%');
    expect(format.sharePrice(2.675)).toBe('2.675');
    expect(format.sharePrice(2)).toBe('2.00');
  });

  it('tells New York time in winter and in summer, midnight as 00', () => {
    expect(format.time('2015-12-24T14:30:00.000000Z')).toBe('09:30:00');
    expect(format.time('2015-07-01T13:30:00.123456Z')).toBe('09:30:00');
    expect(format.time('2015-12-24T05:00:00.000000Z')).toBe('00:00:00');
    expect(format.axisTime(Date.parse('2015-12-24T18:00:00Z') / 1000)).toBe('13:00');
    expect(format.dayOf('2015-12-25T03:00:00.000000Z')).toBe('2015-12-24');
  });

  it('names days and contracts', () => {
    expect(format.marketDay('2015-12-24')).toBe('Thu, Dec 24, 2015');
    expect(format.contractName(contract(752.5), 'X')).toBe('GOOG 752.5 call');
    expect(format.contractName(null, 'GOOG')).toBe('GOOG');
    expect(format.expiryName(contract(1))).toBe('24\u00a0Dec\u00a0’15');
  });

  it('writes an order as a trader does', () => {
    const spread = { ...order, limit: -0.85, legs: [leg(750, 'sell_to_open'), leg(755, 'buy_to_open', '2016-01-15')] };
    expect(format.netPrice(spread)).toBe('0.85 credit');
    expect(format.netPrice({ ...spread, limit: 0.85 })).toBe('0.85 debit');
    expect(format.netPrice({ ...spread, limit: null })).toBe('market');
    expect(format.netPrice({ ...spread, legs: [leg(750, 'sell_to_close')] })).toBe('0.85');
    expect(spread.legs.map(format.legName)).toEqual(['−1\u00a0750\u00a0call', '+1\u00a0755\u00a0call']);
    expect(format.orderExpiries(spread)).toBe('24\u00a0Dec\u00a0’15, 15\u00a0Jan\u00a0’16');
  });

  it('puts the measured number beside the limit, in their unit', () => {
    const reason = (unit: string | null, actual: number | null, limit: number | null) =>
      format.measured({ rule: 'r', text: null, passed: false, unit, actual, limit });
    expect(reason('usd', 910, 750)).toBe('$910.00, limit $750.00');
    expect(reason('percent', 6.25, 5)).toBe('6.25%, limit 5.00%');
    expect(reason('seconds', 61, 60)).toBe('61 s, limit 60 s');
    expect(reason('count', 6, 5)).toBe('6, limit 5');
    expect(reason(null, 0.5, null)).toBe('0.5');
    expect(reason(null, null, null)).toBe('');
  });
});
