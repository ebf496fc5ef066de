import { expect, it } from 'vitest';
import { holding } from './testing/holdings.ts';
import { Scenario, told } from './testing/scenario.ts';

it('a wild quote of a stock is no loss of the account, a silent one hides none', () => {
  const day = new Scenario({ only: ['covered-call'], takenOver: holding(100) });
  day.at(1);
  expect(told(day.at(2, { quotes: { TWX: [0.01, 19.99] } }))).toEqual([]);
  expect(day.engine.view().shares).toMatchObject([{ ticker: 'TWX', mark: 100 }]);
  day.at(3, { spot: 90, quotes: {} });
  expect(day.engine.view().shares).toMatchObject([{ mark: 90 }]);
});
