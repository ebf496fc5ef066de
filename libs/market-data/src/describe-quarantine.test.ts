import { expect, it } from 'vitest';
import { describeQuarantine } from './describe-quarantine.ts';

const row = (line: number) => ({ file: 'quotes.csv.gz', line, reason: 'not a price: "x"', text: 'x' });

it('names the first rows and counts the rest', () => {
  expect(describeQuarantine({ quarantined: [], quarantinedTotal: 0 })).toEqual([]);
  expect(describeQuarantine({ quarantined: [row(42)], quarantinedTotal: 1 })).toEqual([
    'quotes.csv.gz:42: not a price: "x"; the row is left out',
  ]);
  const many = describeQuarantine({ quarantined: [1, 2, 3, 4, 5, 6, 7].map(row), quarantinedTotal: 1_200 });
  expect(many).toHaveLength(6);
  expect(many.at(-1)).toBe('1195 more rows are left out');
});
