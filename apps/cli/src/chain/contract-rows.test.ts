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
  expect(only('days,volatility,vol,Expiry,days', '30,0.2,1,2,3', {}).unused).toEqual(['vol', 'expiry', 'days']);
  expect(only('days,volatility', '30,0.2', {}).unused).toEqual([]);
});

test('a rate that nobody gives is that of the years of the contract', () => {
  const text = 'right,spot,strike,days,volatility,rate\ncall,100,100,73,0.2,\ncall,100,100,73,0.2,0.05\n';
  const { rows } = parseContractRows(text, {}, (years) => years / 10);
  expect(rows.map(({ row }) => row.rate)).toEqual([73 / 3650, 0.05]);
  expect(parseContractRows(text, { rate: '0.01' }, () => 9).rows[0]?.row.rate).toBe(0.01);
});

test('a field may be quoted, as spreadsheets do', () => {
  const { rows } = only('days,volatility,"dividends"', '"60",0.2,"10:1;20:0.5"', {});
  expect(rows[0]?.row.dividends).toEqual([
    { years: 10 / 365, cash: 1, proportion: 0 },
    { years: 20 / 365, cash: 0.5, proportion: 0 },
  ]);
  expect(only('days,volatility', '"60,0.2', {}).bad).toEqual([{ line: 2, reason: 'a quoted field is not closed' }]);
});

test.each([
  ['empty lines before the header', '\n \nright,days,volatility\nput,30,0.2\n', 4],
  ['a byte order mark and carriage returns', '\uFEFFRight, Days ,VOLATILITY\r\nput,30,0.2\r\n', 2],
  ['carriage returns alone', 'right,days,volatility\rput,30,0.2\r', 2],
])('%s are no obstacle, lines are those of the file', (_what, text, line) => {
  const { rows, bad, unused } = parseContractRows(text, { spot: '100', strike: '100' });
  expect({ bad, unused }).toEqual({ bad: [], unused: [] });
  expect(rows).toMatchObject([{ line, row: { right: 'put', known: { value: 0.2 } } }]);
});

test('a dividend of the day of expiry is paid before it, one after it is none', () => {
  const dividends = (days: string) =>
    only('days,volatility,dividends', `${days},0.2,30:1;31:2`, {}).rows[0]?.row.dividends;
  expect(dividends('30')).toEqual([{ years: expect.closeTo((30 - 6.5 / 24) / 365, 12), cash: 1, proportion: 0 }]);
  expect(dividends('29.9')).toEqual([]);
  expect(dividends('40')).toHaveLength(2);
});

test.each([
  ['days,years,volatility', '30,1,0.2', /years and days are both given/],
  ['days,volatility,rate', '30,0.2,4', /rate must be a decimal, four percent is 0.04; was "4"/],
  ['days,volatility,yield', '30,0.2,-3', /yield must be a decimal/],
  ['days,volatility', '0x1e,0.2', /days must be a number/],
  ['days,volatility,dividends', '30,0.2,10:1:2', /dividends must be DAYS:DOLLARS/],
  ['days,volatility,dividends', '30,0.2,10:-1', /dividends must be DAYS:DOLLARS/],
])('a row is refused that says %s %s', (header, row, reason) => {
  const { rows, bad } = only(header, row, {});
  expect(rows).toEqual([]);
  expect(bad[0]?.reason).toMatch(reason);
});
