import { loadSettings } from '@trading-agent/config';
import { daysBetween, marketDate } from '@trading-agent/core';
import { optionContract, type Quote } from '@trading-agent/instruments';
import { type CashDividend, discreteDividendPrice, optionPrice } from '@trading-agent/pricing';
import { A_DATE, AN_INSTANT } from '@trading-agent/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildStructure } from './build.ts';
import { type Candidate, isCandidate } from './candidate.ts';
import type { ChainView } from './chain-view.ts';
import { viewDistribution } from './distribution.ts';
import { type RankedCandidate, rankStructures, unitsOf } from './rank.ts';
import { kellyFraction, type Score, scoreOf } from './score.ts';
import { sessionPricer } from './session-pricer.ts';
import { aChainView, optionAt } from './testing/chain.ts';
import { NO_VIEW, type View } from './view.ts';

const settings = loadSettings({ env: {}, cwd: import.meta.dirname });
const chain = aChainView();
const EXPIRY = chain.expiries({ min: 7, max: 60 })[0];
if (EXPIRY === undefined) throw new Error('The chain has an expiry');

function scored(strategy: string, view: View = NO_VIEW): { readonly score: Score; readonly natural: number } {
  const definition = settings.strategies[strategy];
  if (definition === undefined) throw new Error(`There is no ${strategy}`);
  const built = buildStructure(strategy, chain, definition, 10_000);
  const score = isCandidate(built) ? scoreOf(built, chain, view) : null;
  if (!isCandidate(built) || score === null) throw new Error(`${strategy} has no score`);
  return { score, natural: built.natural };
}

/** American prices at 30%, and 33% for the later expiry, around 100.00, five cents wide, with the dividends known. */
function twoExpiries(dividends: readonly CashDividend[]): ChainView {
  const pricer = sessionPricer(A_DATE, { dividends });
  const quotes = ['160115', '160212'].flatMap((expiry) =>
    Array.from({ length: 21 }, (_, index) => 80 + 2 * index).flatMap((strike) =>
      (['C', 'P'] as const).map((right): Quote => {
        const { symbol, expiry: day } = optionAt(strike, right, expiry);
        const { price: mid } = discreteDividendPrice({
          spot: 100,
          strike,
          years: (daysBetween(A_DATE, day) + 0.25) / 365,
          rate: 0,
          yield: 0,
          dividends: dividends.map(({ exDate, cash }) => ({
            years: (daysBetween(A_DATE, exDate) - 0.02) / 365,
            cash,
            proportion: 0,
          })),
          right: right === 'C' ? 'call' : 'put',
          volatility: expiry === '160115' ? 0.3 : 0.33,
          exercise: 'american',
        });
        return { symbol, at: AN_INSTANT, bid: Math.max(0.01, mid - 0.025), bidSize: 1, ask: mid + 0.025, askSize: 1 };
      }),
    ),
  );
  return aChainView({ contracts: quotes.map(({ symbol }) => optionContract(symbol)), quotes, pricer });
}

describe("the market's distribution", () => {
  const market = chain.distribution(EXPIRY);
  const terms = chain.terms(EXPIRY);
  const mean = (value: (price: number) => number): number => {
    let sum = 0;
    for (const [index, price] of (market?.prices ?? []).entries())
      sum += (market?.probabilities[index] ?? 0) * value(price);
    return sum;
  };

  it('is a distribution whose mean is the forward', () => {
    expect(mean(() => 1)).toBeCloseTo(1, 12);
    expect(mean((price) => price)).toBeCloseTo(terms.forward, 9);
  });

  it.each([90, 95, 100, 105, 110])(
    'gives options at %d the Black-Scholes price of the 30%% they were quoted with',
    (strike) => {
      const discount = Math.exp(-terms.rate * terms.years);
      const option = { spot: 100, strike, years: terms.years, rate: terms.rate, yield: terms.yield, volatility: 0.3 };
      const call = optionPrice({ ...option, right: 'call' });
      // Quotes are rounded to cents, and the fit smooths them.
      expect(Math.abs(discount * mean((price) => Math.max(0, price - strike)) - call)).toBeLessThan(0.04);
    },
  );

  it('is moved by a view as far as its probability means over its horizon, and no farther', () => {
    if (market === null) throw new Error('The chain has a distribution');
    const view = { ...NO_VIEW, probabilityUp: 0.6, horizonMinutes: 30, impliedVolatility: 0.3 };
    const moved = viewDistribution(market, view, terms);
    let average = 0;
    for (const [index, price] of moved.prices.entries()) average += (moved.probabilities[index] ?? 0) * price;
    // 0.3 x sqrt(30 / 98,280) x 0.2533 (the normal quantile of 0.6) = 0.1328 %.
    expect(Math.log(average / terms.forward)).toBeCloseTo(0.3 * Math.sqrt(30 / 98_280) * 0.253347, 7);
    // A view reaches no farther than the expiry.
    const long = { ...view, horizonMinutes: 1e6 };
    const drift = viewDistribution(market, long, terms).prices.map(
      (price, index) => price / (market.prices[index] ?? 1),
    );
    expect(Math.log(drift[60] ?? 1)).toBeCloseTo(0.3 * Math.sqrt(terms.years) * 0.253347, 3);
    const calm = viewDistribution(market, { ...NO_VIEW, impliedVolatility: 0.3, realisedVolatility: 0.2 }, terms);
    const width = ({ prices, probabilities }: typeof calm): number => {
      let sum = 0;
      for (const [index, price] of prices.entries())
        sum += (probabilities[index] ?? 0) * Math.log(price / terms.forward) ** 2;
      return Math.sqrt(sum);
    };
    // Expected variance: 0.75 x 0.3^2 + 0.25 x 0.2^2 / 0.8 = 0.08, over 0.09.
    expect(width(calm) / width(market)).toBeCloseTo(Math.sqrt(0.08 / 0.09), 3);
  });
});

describe('a score without a view', () => {
  it('expects nothing but the costs: spread and fees, both ways', () => {
    for (const strategy of ['long-call', 'bull-put-spread', 'iron-condor']) {
      const { expectedValue, slippage, fees, fairValue } = scored(strategy).score;
      const off = Math.abs(expectedValue + slippage + fees);
      // What is left is what the surface smooths away at these strikes.
      expect(off, strategy).toBeLessThan(5);
      expect(Number.isFinite(fairValue)).toBe(true);
    }
  });

  it.each([
    ['without dividends', []],
    ['with one before the first expiry', [{ exDate: marketDate('2016-01-05'), cash: 4 }]],
    ['with one between the two', [{ exDate: marketDate('2016-01-25'), cash: 1 }]],
  ])('expects nothing but the costs of legs that end on two days, %s', (_what, dividends) => {
    for (const strategy of ['call-calendar', 'put-diagonal']) {
      const definition = settings.strategies[strategy];
      const built = definition && buildStructure(strategy, twoExpiries(dividends), definition, 10_000);
      const score = built && isCandidate(built) ? scoreOf(built, twoExpiries(dividends), NO_VIEW) : null;
      if (score === null || score === undefined) throw new Error(`${strategy} has no score`);
      // What the far leg is worth then has a mean, which is what it is worth now; what the surface smooths away at the near strike is left.
      // Without the volatility between the two days, or with exercise counted in one leg only, it is $19 to $56.
      expect(Math.abs(score.expectedValue + score.slippage + score.fees), strategy).toBeLessThan(8);
    }
  });

  it('knows the odds of a long call: it pays above its strike, premium and costs', () => {
    const { score, natural } = scored('long-call');
    // Bought at 101 for 2.53; ten cents of spread back and forth are half of it again, plus fees.
    const needed = 101 + natural + 0.05 + score.fees / 100;
    expect(score.breakevens).toHaveLength(1);
    expect(score.breakevens[0]).toBeCloseTo(needed, 1);
    // P(S > 103.6) of a lognormal with 30% over 22.25 days: N(d2) = 0.300.
    expect(score.probabilityOfProfit).toBeCloseTo(0.3, 1);
    expect(score.maxGain).toBe(null);
    expect(score.maxLoss).toBeCloseTo(253 + score.fees, 6);
    expect(score.kelly).toBe(0);
  });
});

describe('Kelly', () => {
  it.each([
    [0.6, 1],
    [0.5, 2],
    [0.3, 4],
    [0.9, 0.2],
  ])('is the edge over the odds of a bet that wins with %d at %d to one', (chance, odds) => {
    const fraction = kellyFraction(Float64Array.of(-200, odds * 200), Float64Array.of(1 - chance, chance), 200);
    expect(fraction).toBeCloseTo(chance - (1 - chance) / odds, 6);
  });

  it('risks everything on what can not lose', () => {
    expect(kellyFraction(Float64Array.of(1, 2), Float64Array.of(0.5, 0.5), 100)).toBe(1);
  });
});

describe('ranking', () => {
  const view: View = {
    ...NO_VIEW,
    direction: 'up',
    conviction: 'moderate',
    volatility: 'fair',
    term: 'flat',
    probabilityUp: 0.55,
    impliedVolatility: 0.3,
  };
  const options = { book: settings.strategies, balance: 25_000, leastReturn: -1, maxFeeShare: 1 };

  it('tells every candidate, the best first, the refused behind, and why nothing came of the others', () => {
    const { ranked, none } = rankStructures(view, chain, options);
    expect(ranked.map(({ candidate }) => candidate.strategy).sort()).toEqual([
      'bull-call-spread',
      'bull-put-spread',
      'cash-secured-put',
      'covered-call',
    ]);
    expect(none).toEqual([{ strategy: 'call-diagonal', reason: 'no-expiry' }]);
    const refused = ranked.map(({ refusal }) => refusal !== null);
    expect(refused).toEqual(refused.toSorted((a, b) => Number(a) - Number(b)));
    const dear = rankStructures(view, chain, { ...options, leastReturn: 0.5, noSoldCalls: true }).ranked;
    expect(dear.every(({ refusal }) => refusal?.rule === 'expected-return')).toBe(true);
    const noCalls = rankStructures(view, chain, { ...options, noSoldCalls: true }).ranked;
    expect(
      noCalls.filter(({ refusal }) => refusal?.rule === 'ex-dividend').map(({ candidate }) => candidate.strategy),
    ).toEqual(expect.arrayContaining(['bull-call-spread', 'covered-call']));
  });

  it('puts what one trade may not lose behind what it may, however much better: few are asked about', () => {
    const best = rankStructures(view, chain, options).ranked[0]?.candidate.strategy;
    const fits = ({ strategy }: Candidate): boolean => strategy !== best;
    const { ranked } = rankStructures(view, chain, { ...options, fits });
    const dear = ranked.map((one) => !one.fits);
    expect(dear).toEqual(ranked.map(({ candidate }) => candidate.strategy === best));
    expect(dear).toEqual(dear.toSorted((a, b) => Number(a) - Number(b)));
    expect([dear[0], dear.at(-1)]).toEqual([false, true]);
  });

  it('asks the function of a strategy, and takes its no', () => {
    const functions = new Map([['bull-put-spread', () => 'not on a Thursday']]);
    const { ranked } = rankStructures(view, chain, { ...options, functions });
    const own = ranked.find(({ candidate }) => candidate.strategy === 'bull-put-spread');
    expect(own?.refusal).toEqual({ rule: 'own-function', text: 'not on a Thursday' });
  });

  it('leaves a strategy to the accounts it is meant for', () => {
    const strategy = settings.strategies['bull-put-spread'];
    const book = strategy === undefined ? {} : { 'bull-put-spread': { ...strategy, fromBalance: 25_001 } };
    expect(rankStructures(view, chain, { ...options, book }).none).toEqual([
      { strategy: 'bull-put-spread', reason: 'balance-too-small' },
    ]);
  });
});

describe('size', () => {
  const { ranked } = rankStructures(
    { ...NO_VIEW, direction: 'up', conviction: 'moderate', volatility: 'fair', term: 'flat', impliedVolatility: 0.3 },
    chain,
    { book: settings.strategies, balance: 25_000, leastReturn: -1, maxFeeShare: 1 },
  );

  it('never exceeds any limit, whatever the candidate and the account, but for the one unit that risk decides on', () => {
    // Whole numbers are spread evenly; doubles would nearly all be tiny, and every size one unit.
    const dollars = fc.integer({ min: 0, max: 10_000_000 }).map((cents) => cents / 100);
    const share = fc.integer({ min: 0, max: 1_000 }).map((thousandths) => thousandths / 1_000);
    const account = fc.record({
      equity: fc.integer({ min: 1, max: 1_000_000 }),
      riskPerTrade: dollars,
      positionSize: dollars,
      availableFunds: dollars,
      kelly: fc.oneof(fc.constant(0), share),
    });
    const edge = share;
    let several = 0;
    fc.assert(
      fc.property(fc.constantFrom(...ranked), account, edge, fc.nat(1_000), (one, limits, kelly, shares) => {
        const candidate: RankedCandidate = { ...one, score: { ...one.score, kelly } };
        const units = unitsOf(candidate, limits, shares);
        const { maxLossPerUnit, committedPerUnit, shares: needed } = one.candidate;
        expect(Number.isSafeInteger(units) && units >= 1).toBe(true);
        if (units === 1) return;
        several++;
        const most = 1 + 1e-9;
        expect((units * maxLossPerUnit) / 1e6).toBeLessThanOrEqual(limits.riskPerTrade * most);
        expect((units * committedPerUnit) / 1e6).toBeLessThanOrEqual(
          Math.min(limits.positionSize, limits.availableFunds) * most,
        );
        expect(units * needed).toBeLessThanOrEqual(needed === 0 ? 0 : shares);
        const risked = limits.kelly === 0 || maxLossPerUnit === 0 ? 0 : units * one.score.maxLoss;
        expect(risked).toBeLessThanOrEqual(limits.kelly * kelly * limits.equity * most);
      }),
      { numRuns: 1_000 },
    );
    expect(several).toBeGreaterThan(300);
  });
});
