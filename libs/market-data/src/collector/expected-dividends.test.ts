import { existsSync } from 'node:fs';
import { addDays, daysBetween, marketDate } from '@trading-agent/core';
import { aDividend } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { readCorporateActions } from '../known-reference/corporate-actions-file.ts';
import type { Dividend } from '../reference/corporate-actions.ts';
import { foretoldDividends } from './expected-dividends.ts';

const ACTIONS = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/reference/corporate_actions`;
const told = (known: readonly Dividend[], date: string, until: string) =>
  foretoldDividends(known, [], marketDate(date), marketDate(until)).map(
    ({ exDate, amount, basis }) => `${exDate} ${amount} ${basis}`,
  );

describe('foretoldDividends', () => {
  const quarterly = [aDividend('2026-03-20', 1.5), aDividend('2026-06-19', 1.6)];

  it('goes on at the pace of the two latest, with the latest amount', () => {
    expect(told(quarterly, '2026-07-01', '2026-12-31')).toEqual(['2026-09-18 1.6 foretold', '2026-12-19 1.6 foretold']);
    expect(told(quarterly, '2026-07-01', '2026-09-17')).toEqual([]);
  });

  it('takes what is declared as it is, and foretells only what comes after', () => {
    const declared = [...quarterly, aDividend('2026-09-18', 1.9), aDividend('2026-08-03', 5, { kind: 'special' })];
    expect(told(declared, '2026-07-01', '2026-12-31')).toEqual([
      '2026-08-03 5 declared',
      '2026-09-18 1.9 declared',
      '2026-12-18 1.9 foretold',
    ]);
  });

  it('foretells nothing of irregular, single, foreign or discontinued payments', () => {
    expect(told([aDividend('2026-01-05', 1), aDividend('2026-03-01', 1)], '2026-03-02', '2027-01-01')).toEqual([]);
    expect(told([aDividend('2026-06-19', 1)], '2026-07-01', '2027-01-01')).toEqual([]);
    expect(told(quarterly, '2026-12-01', '2027-12-01')).toEqual([]);
    const foreign = quarterly.map((one) => ({ ...one, currency: 'CAD' }));
    expect(told(foreign, '2026-07-01', '2027-01-01')).toEqual([]);
  });

  it('expects one that is a few days late tomorrow', () => {
    expect(told(quarterly, '2026-09-25', '2026-10-30')).toEqual(['2026-09-26 1.6 foretold']);
  });

  it('counts in shares of the day from which it is seen', () => {
    const split = [{ id: null, symbol: 'AAPL', date: marketDate('2026-06-25'), from: 1, to: 2 }];
    const [next] = foretoldDividends(quarterly, split, marketDate('2026-07-01'), marketDate('2026-09-30'));
    expect(next?.amount).toBe(0.8);
  });

  it('a dividend declared for after a split counts in shares of before it, and what is foretold after it does', () => {
    const split = [{ id: null, symbol: 'AAPL', date: marketDate('2026-08-10'), from: 1, to: 10 }];
    const declared = [...quarterly, aDividend('2026-09-18', 0.17)];
    const seen = (date: string) =>
      foretoldDividends(declared, split, marketDate(date), marketDate('2026-12-31')).map(({ amount }) => amount);
    expect(seen('2026-08-07').map((amount) => amount.toFixed(4))).toEqual(['1.7000', '1.7000']);
    expect(seen('2026-08-10')).toEqual([0.17, 0.17]);
  });
});

describe.skipIf(!existsSync(ACTIONS))(`on ${ACTIONS}`, () => {
  it('foretells the next quarter of SPY and AAPL from what had been paid, for years', async () => {
    const { dividends, splits } = await readCorporateActions(ACTIONS);
    const errors: { days: number; ratio: number }[] = [];
    let silent = 0;
    for (const symbol of ['SPY', 'AAPL']) {
      const paid = dividends.filter((one) => one.symbol === symbol && one.exDate >= '2012-01-01');
      for (const [index, actual] of paid.entries()) {
        if (index < 3) continue;
        const date = addDays(paid[index - 1]?.exDate ?? actual.exDate, 10);
        const known = paid.filter(({ exDate }) => exDate <= date);
        const [next] = foretoldDividends(known, splits, date, addDays(date, 120));
        if (!next) silent += 1;
        else
          errors.push({ days: Math.abs(daysBetween(next.exDate, actual.exDate)), ratio: next.amount / actual.amount });
      }
    }
    expect(errors.length).toBeGreaterThan(40);
    expect(silent).toBeLessThan(errors.length / 10);
    const days = errors.map((one) => one.days).sort((a, b) => a - b);
    expect(days[Math.floor(days.length / 2)]).toBeLessThanOrEqual(4);
    expect(days.at(-1)).toBeLessThanOrEqual(21);
    // AAPL's split of 2014-06-09 lies among them: amounts are in shares of the day.
    const near = errors.filter(({ ratio }) => ratio > 0.7 && ratio < 1.4);
    expect(near.length / errors.length).toBeGreaterThan(0.9);
  });

  it("AAPL's dividend of August 2014 is in the shares of the day, before and after the split of 7 to 1", async () => {
    const { dividends, splits } = await readCorporateActions(ACTIONS);
    // As if it had been declared with the split; the file does not say when it was.
    const known = dividends
      .filter(({ symbol, exDate }) => symbol === 'AAPL' && exDate > '2014-01-01' && exDate <= '2014-08-07')
      .map((one) => (one.exDate === '2014-08-07' ? { ...one, declared: marketDate('2014-04-23') } : one));
    const next = (date: string) => foretoldDividends(known, splits, marketDate(date), marketDate('2014-08-31'))[0];
    expect(next('2014-06-06')).toMatchObject({ exDate: '2014-08-07', basis: 'declared' });
    expect(next('2014-06-06')?.amount).toBeCloseTo(3.29, 2);
    expect(next('2014-06-09')?.amount).toBeCloseTo(0.47, 3);
  });
});
