import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nyInstant } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import { afterAll, describe, expect, it } from 'vitest';
import { chainInputs, type InputFlags, ratesAsOf } from './chain-inputs.ts';

const folder = mkdtempSync(join(tmpdir(), 'agent-chain-inputs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const actions = join(folder, 'reference', 'corporate_actions');
mkdirSync(actions, { recursive: true });
writeFileSync(
  join(folder, 'reference', 'us_treasury_par_yields.csv'),
  'date,BC_1MONTH,BC_3MONTH,BC_1YEAR\n2026-02-27,4.0,4.0,4.0\n2026-03-02,9.0,9.0,9.0\n',
);
writeFileSync(
  join(actions, 'dividends.csv'),
  [
    'ticker,ex_dividend_date,cash_amount,currency,declaration_date',
    'XYZ,2025-12-11,0.5,USD,2025-11-20',
    'XYZ,2026-03-12,0.6,USD,2026-02-20',
    'XYZ,2026-06-11,0.7,USD,2026-05-20',
    'XYZ,2026-03-30,0.3,USD,2026-03-02',
    'XYZ,2026-04-01,0.1,USD,',
    '',
  ].join('\n'),
);

const date = marketDate('2026-03-02');
const FLAGS = { expectedDividends: false, seed: 7 };
const of = (flags: Partial<InputFlags>) => chainInputs('XYZ', date, { ...FLAGS, ...flags });
const EXPIRY = {
  expiry: marketDate('2026-09-18'),
  root: 'XYZ',
  settles: 'pm',
  style: 'american',
  at: nyInstant(date, '12:00'),
  spot: 50,
  pairs: () => [],
} as const;

describe('what a chain is priced with', () => {
  it('is what was known before the day: not the curve of the day, not a dividend declared on it, later or at an unknown time', async () => {
    const inputs = await of({ data: folder });
    expect(inputs.rateSource).toBe('Treasury par yields of 2026-02-27');
    expect(inputs.dividends).toEqual([{ exDate: '2026-03-12', cash: 0.6, basis: 'declared' }]);
    const { rate, dividends, sources } = inputs.pricer.expiry(EXPIRY).inputs;
    // 4% bond-equivalent, a little more than half a year.
    expect(rate).toBeCloseTo(0.0397, 3);
    expect(dividends.map(({ cash }) => cash)).toEqual([0.6]);
    expect(sources).toEqual({ rate: 'treasury', dividends: 'declared', forward: 'carry' });
  });

  it('goes on at the pace of the year before when asked to', async () => {
    const inputs = await of({ data: folder, expectedDividends: true });
    expect(inputs.dividends?.slice(0, 2)).toEqual([
      { exDate: '2026-03-12', cash: 0.6, basis: 'declared' },
      { exDate: '2026-06-11', cash: 0.6, basis: 'foretold' },
    ]);
  });

  it('falls back to the policy rate and to dividends within the yield, and says so', async () => {
    const elsewhere = await of({ data: join(folder, 'reference') });
    expect(elsewhere.rateSource).toMatch(/^policy rate; no Treasury curve/);
    expect(elsewhere.dividends).toBeNull();
    expect(elsewhere.dividendSource).toMatch(/^not known/);
    expect((await of({ data: join(folder, 'reference'), reference: folder })).rateSource).toMatch(/^Treasury/);
    const mistyped = { code: 'USAGE', message: expect.stringContaining('has no folder reference/') };
    await expect(of({ reference: join(folder, 'reference') })).rejects.toMatchObject(mistyped);
    await expect(ratesAsOf(marketDate('2026-03-02'), join(folder, 'nowhere'))).rejects.toMatchObject(mistyped);
    expect((await chainInputs('XYZ', marketDate('2001-01-02'), { ...FLAGS, data: folder })).rateSource).toBe(
      'no rate is known',
    );
  });

  it('is what the synthetic market says of itself where there are no data', async () => {
    const apple = await chainInputs('AAPL', date, FLAGS);
    expect(apple.rateSource).toBe('the rate of the synthetic market');
    expect(apple.dividendSource).toBe('announced in the synthetic market');
    const [next] = apple.dividends ?? [];
    expect(next?.exDate).toBeDefined();
    expect((next?.exDate ?? '') > date).toBe(true);
    expect(next?.cash).toBeGreaterThan(0);
    expect((await chainInputs('SPX', date, FLAGS)).dividends).toEqual([]);
  });

  it('single contracts take the rate of a day from the same files', async () => {
    const { rates, source } = await ratesAsOf(date, folder);
    expect(source).toBe('Treasury par yields of 2026-02-27');
    expect(rates.rate(0.25)).toBeCloseTo(4 * Math.log1p(0.01), 12);
    expect((await ratesAsOf(date, undefined)).source).toMatch(/^policy rate/);
  });

  it('is what a person gives instead', async () => {
    const inputs = await of({
      data: folder,
      rate: '0.05',
      dividends: '2026-03-20:1.5;2026-06-19:2',
      settlement: '1:1',
    });
    expect(inputs.rateSource).toBe('--rate');
    expect(inputs.dividends).toEqual([
      { exDate: '2026-03-20', cash: 1.5, basis: 'given' },
      { exDate: '2026-06-19', cash: 2, basis: 'given' },
    ]);
    const { rate, years } = inputs.pricer.expiry(EXPIRY).inputs;
    // Premium paid on Tuesday 03-03, delivery on Monday 09-21: 202 days of interest over the life of the option.
    expect(rate * years).toBeCloseTo((0.05 * 202) / 365, 12);
    expect((await of({ dividends: 'none' })).dividends).toEqual([]);
  });

  it.each<[Partial<InputFlags>, string]>([
    [{ rate: 'high' }, 'USAGE'],
    [{ rate: '5' }, 'USAGE'],
    [{ dividends: '2026-03-20' }, 'USAGE'],
    [{ dividends: '2026-03-20:-1' }, 'USAGE'],
    [{ dividends: '2026-13-20:1' }, 'INVALID_DATE'],
    [{ settlement: '1' }, 'USAGE'],
  ])('refuses %j: %s', async (flags, code) => {
    await expect(of(flags)).rejects.toMatchObject({ code });
  });
});
