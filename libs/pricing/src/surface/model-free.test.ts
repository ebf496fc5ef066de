import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { optionPrice } from '../european.ts';
import { varianceSwapRate } from './testing/variance-swap.ts';
import { type StrikeQuotes, modelFreeVariance, volatilityIndex, yearsOfMinutes } from './vix.ts';

const shared = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data`;

interface WhitePaper {
  readonly expected: Readonly<Record<string, number>>;
  readonly rows: readonly (StrikeQuotes & { readonly days: number })[];
}
interface Expected {
  readonly rate: number;
  readonly near_days: number;
  readonly next_days: number;
  readonly F1: number;
  readonly F2: number;
  readonly K0: number;
  readonly sigma2_near: number;
  readonly sigma2_next: number;
  readonly VIX: number;
}

const paper = `${shared}/pricing/vix_2009_whitepaper.json`;
const second = `${shared}/vix_whitepaper/expected.json`;
describe.skipIf(!existsSync(paper) || !existsSync(second))(
  `the exchange's worked example (${paper}, ${second})`,
  () => {
    it('has the same quotes in both files', () => {
      const { rows }: WhitePaper = JSON.parse(readFileSync(paper, 'utf8'));
      const [, ...lines] = gunzipSync(readFileSync(`${shared}/vix_whitepaper/options_2009-01.csv.gz`))
        .toString('utf8')
        .trim()
        .split('\n');
      const told = lines.map((line) => line.split(',').slice(1).map(Number));
      expect(told).toEqual(
        rows.map(({ days, strike, callBid, callAsk, putBid, putAsk }) => [
          days,
          strike,
          callBid,
          callAsk,
          putBid,
          putAsk,
        ]),
      );
      expect(told).toHaveLength(368);
    });

    it('comes out to every printed digit', () => {
      const { expected, rows }: WhitePaper = JSON.parse(readFileSync(paper, 'utf8'));
      const other: Expected = JSON.parse(readFileSync(second, 'utf8'));
      const minutes = [expected['T1minutes'] ?? 0, expected['T2minutes'] ?? 0] as const;
      const rate = expected['rate'] ?? Number.NaN;
      const of = (days: number, at: number): ReturnType<typeof modelFreeVariance> =>
        modelFreeVariance(
          rows.filter((row) => row.days === days),
          yearsOfMinutes(at),
          rate,
        );
      const near = of(9, minutes[0]);
      const next = of(37, minutes[1]);
      expect(near).toMatchObject({ atTheMoney: 920, options: expected['n1'] });
      expect(next).toMatchObject({ atTheMoney: other.K0, options: expected['n2'] });
      expect(near?.forward).toBeCloseTo(other.F1, 10);
      expect(next?.forward).toBeCloseTo(other.F2, 10);
      expect([rate, minutes]).toEqual([other.rate, [other.near_days, other.next_days].map((days) => days * 1440)]);
      for (const [name, figure] of [
        ['F1', near?.forward],
        ['F2', next?.forward],
        ['K0', near?.atTheMoney],
        ['var1', near?.variance],
        ['var2', next?.variance],
      ] as const)
        expect(figure, name).toBeCloseTo(expected[name] ?? Number.NaN, 10);
      expect(near?.variance).toBeCloseTo(other.sigma2_near, 12);
      expect(next?.variance).toBeCloseTo(other.sigma2_next, 12);
      const index = volatilityIndex(
        { variance: near?.variance ?? Number.NaN, minutes: minutes[0] },
        { variance: next?.variance ?? Number.NaN, minutes: minutes[1] },
      );
      expect(index).toBeCloseTo(expected['vixReplicated'] ?? Number.NaN, 10);
      expect(index?.toFixed(6)).toBe(other.VIX.toFixed(6));
      expect(index?.toFixed(2)).toBe(String(expected['vixPublished']));
    });
  },
);

interface LaterPaper {
  readonly printed: {
    readonly rates: readonly number[];
    readonly minutes: readonly number[];
    readonly forwards: readonly number[];
    readonly atTheMoney: number;
    readonly variances: readonly number[];
    readonly index: string;
    readonly root: string;
  };
  readonly near: readonly (readonly number[])[];
  readonly next: readonly (readonly number[])[];
}

it("the exchange's later worked example (2014) comes out to every printed digit", () => {
  const file = new URL('./testing/vix-white-paper-2014.json', import.meta.url);
  const { printed, near, next }: LaterPaper = JSON.parse(readFileSync(file, 'utf8'));
  const terms = [near, next].map((rows, i) => {
    const quotes = rows.map(([strike = 0, callBid = 0, callAsk = 0, putBid = 0, putAsk = 0]) => ({
      strike,
      callBid,
      callAsk,
      putBid,
      putAsk,
    }));
    const minutes = printed.minutes[i] ?? 0;
    return { minutes, found: modelFreeVariance(quotes, yearsOfMinutes(minutes), printed.rates[i] ?? Number.NaN) };
  });
  for (const [i, { found }] of terms.entries()) {
    expect(found?.atTheMoney).toBe(printed.atTheMoney);
    expect(found?.forward.toFixed(5)).toBe(printed.forwards[i]?.toFixed(5));
    expect(found?.variance.toFixed(8)).toBe(printed.variances[i]?.toFixed(8));
  }
  const [first, second] = terms.map(({ minutes, found }) => ({ minutes, variance: found?.variance ?? Number.NaN }));
  const index = first === undefined || second === undefined ? undefined : volatilityIndex(first, second);
  expect(index?.toFixed(2)).toBe(printed.index);
  expect(((index ?? Number.NaN) / 100).toFixed(8)).toBe(printed.root);
});

test('the strike at the money is the highest not above the forward, that of the forward itself too', () => {
  const at = (strike: number, call: number, put: number): StrikeQuotes => ({
    strike,
    callBid: call - 0.1,
    callAsk: call + 0.1,
    putBid: put - 0.1,
    putAsk: put + 0.1,
  });
  const found = modelFreeVariance([at(95, 6, 1), at(100, 3, 3), at(105, 1, 6)], 0.1, 0);
  expect(found).toMatchObject({ forward: 100, atTheMoney: 100, options: 3 });
});

describe('an option that is not quoted on both sides', () => {
  const strikes = [70, 75, 80, 85, 90, 95, 100, 105, 110, 115, 120, 125];
  const chain = strikes.map((strike): StrikeQuotes => {
    const terms = { spot: 100, strike, years: 0.25, rate: 0, yield: 0, volatility: 0.3 };
    const [call, put] = [optionPrice({ ...terms, right: 'call' }), optionPrice({ ...terms, right: 'put' })];
    return { strike, callBid: call, callAsk: call, putBid: put, putAsk: put };
  });
  const whole = modelFreeVariance(chain, 0.25, 0);
  const without = (strike: number, change: Partial<StrikeQuotes>): ReturnType<typeof modelFreeVariance> =>
    modelFreeVariance(
      chain.map((one) => (one.strike === strike ? { ...one, ...change } : one)),
      0.25,
      0,
    );

  it('counts as one without a bid: no ask, an ask below the bid, a figure that is none', () => {
    const none = without(80, { putBid: 0, putAsk: 0.3 });
    expect(none?.options).toBe((whole?.options ?? 0) - 1);
    for (const change of [{ putAsk: 0 }, { putAsk: 0.001 }, { putAsk: Number.NaN }, { putBid: Number.NaN }])
      expect(without(80, change)).toEqual(none);
  });

  it('one such strike is passed over, two in a row end the side, two apart do not', () => {
    const drop = (gone: readonly number[]): number | undefined =>
      modelFreeVariance(
        chain.map((one) => (gone.includes(one.strike) ? { ...one, callBid: 0, putBid: 0 } : one)),
        0.25,
        0,
      )?.options;
    expect(whole?.options).toBe(12);
    expect(drop([75])).toBe(11);
    expect(drop([80, 75])).toBe(9);
    expect(drop([85, 75])).toBe(10);
    expect(drop([110, 115])).toBe(8);
    // Two in a row beyond the money end their own side only.
    expect(drop([110, 115, 75, 80])).toBe(5);
  });

  it('at the money leaves the price to the other side', () => {
    // The forward of 100 is read at 105 then, and the strike at the money has its put alone.
    const found = without(100, { callAsk: 0 });
    expect(found?.atTheMoney).toBe(100);
    expect(found?.variance).toBeCloseTo(whole?.variance ?? Number.NaN, 6);
    expect(without(100, { callAsk: 0, putAsk: 0 })?.atTheMoney).toBe(95);
  });

  it('has no variance below zero, and no strike at zero', () => {
    expect(
      modelFreeVariance([...chain, { strike: 0, callBid: 99, callAsk: 101, putBid: 1, putAsk: 1 }], 0.25, 0),
    ).toEqual(whole);
    // Two strikes, the forward far above both: nothing between is quoted.
    const far = [50, 51].map((strike) => ({ strike, callBid: 45, callAsk: 46, putBid: 0.1, putAsk: 0.2 }));
    expect(modelFreeVariance(far, 0.25, 0)).toBeUndefined();
    expect(modelFreeVariance(chain, 0, 0)).toBeUndefined();
  });
});

test('thirty days between two terms, by minutes; beyond them it goes on; no variance is no index', () => {
  const days = (count: number, variance: number) => ({ minutes: count * 1_440, variance });
  // Total variances 0.04 x 20 and 0.09 x 40, halfway: 2.2 over 30 days.
  expect(volatilityIndex(days(20, 0.04), days(40, 0.09))).toBeCloseTo(100 * Math.sqrt(2.2 / 30), 10);
  expect(volatilityIndex(days(30, 0.04), days(60, 0.09))).toBeCloseTo(20, 10);
  expect(volatilityIndex(days(40, 0.04), days(60, 0.04))).toBeCloseTo(20, 10);
  expect(volatilityIndex(days(40, 0.01), days(60, 0.09))).toBeUndefined();
  expect(volatilityIndex(days(30, 0.04), days(30, 0.04))).toBeUndefined();
  expect(volatilityIndex(days(20, Number.NaN), days(40, 0.04))).toBeUndefined();
});

test.each([
  ['no quotes', []],
  ['no strike with both sides', [{ strike: 100, callBid: 0, callAsk: 1, putBid: 1, putAsk: 2 }]],
  ['one strike', [{ strike: 100, callBid: 1, callAsk: 2, putBid: 1, putAsk: 2 }]],
])('a chain with %s has no variance', (_what, quotes) => {
  expect(modelFreeVariance(quotes, 0.1, 0.01)).toBeUndefined();
});

const derman = `${shared}/pricing/derman_varswap.json`;
describe.skipIf(!existsSync(derman))(`variance swap of ${derman}`, () => {
  it('replicates 0.04189', () => {
    const {
      expected,
      rows,
    }: {
      readonly expected: Readonly<Record<'variance' | 'tol' | 'S' | 'q' | 'r' | 'T', number>>;
      readonly rows: readonly { readonly type: 'put' | 'call'; readonly K: number; readonly sigma: number }[];
    } = JSON.parse(readFileSync(derman, 'utf8'));
    const terms = { spot: expected.S, rate: expected.r, yield: expected.q, years: expected.T };
    const side = (right: 'put' | 'call'): { strike: number; price: number }[] =>
      rows
        .filter((row) => row.type === right)
        .map(({ K, sigma }) => ({ strike: K, price: optionPrice({ ...terms, strike: K, volatility: sigma, right }) }));
    const rate = varianceSwapRate(terms, side('put'), side('call'), 5);
    expect(Math.abs((rate ?? Number.NaN) - expected.variance)).toBeLessThan(expected.tol);
    expect(varianceSwapRate(terms, [], side('call'), 5)).toBeUndefined();
  });
});

test('both replications agree with a flat volatility on a fine grid', () => {
  const terms = { spot: 100, rate: 0.03, yield: 0.01, years: 0.25 };
  const strikes = Array.from({ length: 1_600 }, (_, i) => 20 + 0.25 * i);
  const price = (strike: number, right: 'put' | 'call'): number =>
    optionPrice({ ...terms, strike, volatility: 0.3, right });
  const quotes = strikes.map((strike) => {
    const call = Math.max(price(strike, 'call'), 1e-12);
    const put = Math.max(price(strike, 'put'), 1e-12);
    return { strike, callBid: call, callAsk: call, putBid: put, putAsk: put };
  });
  expect(modelFreeVariance(quotes, terms.years, terms.rate)?.variance).toBeCloseTo(0.09, 5);
  const priced = (right: 'put' | 'call', keep: (strike: number) => boolean): { strike: number; price: number }[] =>
    strikes.filter(keep).map((strike) => ({ strike, price: price(strike, right) }));
  expect(
    varianceSwapRate(
      terms,
      priced('put', (strike) => strike <= 100),
      priced('call', (strike) => strike >= 100),
      0.25,
    ),
  ).toBeCloseTo(0.09, 5);
});
