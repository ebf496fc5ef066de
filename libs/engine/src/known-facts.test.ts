import { marketDate } from '@trading-agent/core';
import { type Dividend, knownReference, type TreasuryYields } from '@trading-agent/market-data';
import { aDividend } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { recordedFacts } from './known-facts.ts';

const DATE = marketDate('2014-06-06');
const UNTIL = marketDate('2014-08-30');

const dividend = (exDate: string, amount: number, declared: string | null, over: Partial<Dividend> = {}): Dividend =>
  aDividend(exDate, amount, { declared: declared === null ? null : marketDate(declared), ...over });

const curve = (date: string, percent: number): TreasuryYields => ({
  date: marketDate(date),
  yields: { '1m': percent / 100 },
});

describe('what recorded reference data knew before a session', () => {
  it('is no dividend that was declared later or at an unknown time, and no curve of the day', () => {
    const known = knownReference({
      actions: {
        dividends: [
          dividend('2014-05-08', 3.29, '2014-04-23'),
          dividend('2014-06-20', 1, '2014-06-05'),
          // After the close, for all that the file says.
          dividend('2014-06-23', 1, '2014-06-06'),
          dividend('2014-06-20', 0.5, '2014-06-01', { kind: 'special' }),
          dividend('2014-06-27', 2, '2014-06-07'),
          dividend('2014-07-01', 2, null),
          dividend('2014-07-02', 2, '2014-05-01', { currency: 'CAD' }),
          dividend('2014-09-01', 2, '2014-05-01'),
        ],
        splits: [{ id: null, symbol: 'AAPL', date: marketDate('2014-06-09'), from: 1, to: 7 }],
        quarantined: 0,
      },
      yields: [curve('2014-06-04', 3), curve('2014-06-05', 4), curve('2014-06-06', 5)],
    });
    const { events, treasury } = recordedFacts(known, ['AAPL', 'TWX'], DATE, UNTIL);
    // 1.50 a share after the split of seven to one is 10.50 a share of today.
    expect(events).toEqual({
      AAPL: { dividends: [{ exDate: '2014-06-20', cash: 10.5 }], earnings: null },
      TWX: { dividends: [], earnings: null },
    });
    expect(treasury).toEqual({ date: '2014-06-05', yields: [{ years: 1 / 12, yield: 0.04 }] });
  });

  it('where there are no files nothing is known, which is not the same as no dividends', () => {
    expect(recordedFacts(knownReference({}), ['AAPL'], DATE, UNTIL)).toEqual({ events: {} });
    const old = knownReference({ yields: [curve('2014-05-01', 4)] });
    expect(recordedFacts(old, ['AAPL'], DATE, UNTIL)).toEqual({ events: {} });
  });
});
