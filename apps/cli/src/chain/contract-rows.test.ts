import { expect, test } from 'vitest';
import { parseContractRows } from './contract-rows.ts';

const only = (header: string, row: string, flags: Parameters<typeof parseContractRows>[1]) =>
  parseContractRows(`${header}\n${row}\n`, { right: 'call', spot: '100', strike: '100', ...flags });

test('what a row says wins over a flag that says it the other way', () => {
  const days = only('days,volatility', '73,0.2', { years: '2' }).rows[0]?.row;
  expect(days?.years).toBeCloseTo(0.2, 12);
  const years = only('years,volatility', '0.5,0.2', { days: '10' }).rows[0]?.row;
  expect(years?.years).toBe(0.5);
  expect(only('days,price', '30,2.5', { volatility: '0.2' }).rows[0]?.row.known).toEqual({ kind: 'price', value: 2.5 });
  expect(only('days,volatility', '30,0.3', { price: '1' }).rows[0]?.row.known).toEqual({
    kind: 'volatility',
    value: 0.3,
  });
});

test('what a row leaves empty comes from the flags', () => {
  const { rows, bad } = only('days,price', ',', { years: '2', volatility: '0.2' });
  expect(bad).toEqual([]);
  expect(rows[0]?.row).toMatchObject({ years: 2, known: { kind: 'volatility', value: 0.2 } });
});

test('columns that mean nothing are told', () => {
  expect(only('days,volatility,vol,Expiry', '30,0.2,1,2', {}).unknown).toEqual(['vol', 'expiry']);
  expect(only('days,volatility', '30,0.2', {}).unknown).toEqual([]);
});

test('a rate that nobody gives is that of the years of the contract', () => {
  const text = 'right,spot,strike,days,volatility,rate\ncall,100,100,73,0.2,\ncall,100,100,73,0.2,0.05\n';
  const { rows } = parseContractRows(text, {}, (years) => years / 10);
  expect(rows.map(({ row }) => row.rate)).toEqual([73 / 3650, 0.05]);
  expect(parseContractRows(text, { rate: '0.01' }, () => 9).rows[0]?.row.rate).toBe(0.01);
});
