import { loadSettings } from '@trading-agent/config';
import { describe, expect, it } from 'vitest';
import { rankScore, rankStructures } from './rank.ts';
import { aChainView, optionAt, quotesWith } from './testing/chain.ts';
import { NO_VIEW, type View } from './view.ts';

const { strategies: book } = loadSettings({ env: {}, cwd: import.meta.dirname });
const NEUTRAL: View = { ...NO_VIEW, volatility: 'fair', term: 'flat', impliedVolatility: 0.3 };
const UP: View = { ...NEUTRAL, direction: 'up', conviction: 'moderate', probabilityUp: 0.55 };
const options = { book, balance: 25_000, leastReturn: -1, maxFeeShare: 1 };

describe('of several candidates', () => {
  it.each([
    ['up', UP],
    ['neutral', NEUTRAL],
  ])('the best is what earns most on what it risks, less six percent for each further leg: view %s', (_what, view) => {
    const { ranked } = rankStructures(view, aChainView(), options);
    const scores = ranked.map(({ candidate, score }) => score.expectedReturn - 0.06 * (candidate.legs.length - 1));
    expect(ranked.map(rankScore)).toEqual(scores);
    expect(scores.length).toBeGreaterThan(2);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(new Set(scores).size).toBeGreaterThan(1);
  });
});

describe('a candidate', () => {
  const spread = { 'bull-put-spread': book['bull-put-spread'] ?? expect.fail('is built in') };
  const refusals = (over: Partial<typeof options>, chain = aChainView()) =>
    rankStructures(UP, chain, { ...options, ...over, book: spread }).ranked.map(({ refusal }) => refusal?.rule ?? null);

  it('is refused when its fees are too large a part of the premium, at the limit it is not', () => {
    const [one] = rankStructures(UP, aChainView(), { ...options, book: spread }).ranked;
    const share = (one?.score.fees ?? Number.NaN) / (100 * Math.abs(one?.candidate.natural ?? Number.NaN));
    expect(refusals({ maxFeeShare: share * 1.000_001 })).toEqual([null]);
    expect(refusals({ maxFeeShare: share * 0.999_999 })).toEqual(['fee-share']);
  });

  it('is refused when its midpoint is away from the surface by more than its spread and a tenth of its legs', () => {
    const [one] = rankStructures(UP, aChainView(), { ...options, book: spread }).ranked;
    const [sold] = one?.candidate.quoted ?? [];
    if (sold === undefined) throw new Error('The spread has a sold leg');
    // Bid and ask of the sold put are late by so many dollars, as if the market had been there.
    const late = (dollars: number) =>
      refusals(
        {},
        aChainView({
          quotes: quotesWith({
            [sold.contract.symbol]: { bid: sold.bid + dollars, ask: sold.ask + dollars },
          }),
        }),
      );
    expect(late(0)).toEqual([null]);
    expect(late(0.9)).toEqual(['off-surface']);
    expect(sold.contract.symbol).not.toBe(optionAt(100, 'P').symbol);
  });
});
