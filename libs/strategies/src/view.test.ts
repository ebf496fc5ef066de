import { loadSettings } from '@trading-agent/config';
import { signalOf } from '@trading-agent/models';
import { describe, expect, it } from 'vitest';
import { structuresFor } from './build.ts';
import { aChainView } from './testing/chain.ts';
import { viewOf } from './view.ts';

const BOOK = loadSettings({ env: {}, cwd: import.meta.dirname }).strategies;

describe('a view', () => {
  it.each([
    [0.5, 'neutral', 'none'],
    [0.539, 'neutral', 'none'],
    [0.541, 'up', 'moderate'],
    [0.459, 'down', 'moderate'],
    [0.601, 'up', 'strong'],
    [0.2, 'down', 'strong'],
  ])('of probability %d is %s (%s)', (probability, direction, conviction) => {
    expect(viewOf(signalOf(probability, 30), { implied: null, realised: null })).toMatchObject({
      direction,
      conviction,
      volatility: 'unknown',
    });
  });

  it.each([
    [0.3, 0.25, 'rich'],
    [0.3, 0.26, 'fair'],
    [0.17, 0.2, 'cheap'],
    [0.3, 0, 'unknown'],
    [0.3, null, 'unknown'],
    [null, 0.3, 'unknown'],
  ])('with %d implied and %d realised has volatility %s', (implied, realised, volatility) => {
    expect(viewOf(signalOf(0.5, 30), { implied, realised }).volatility).toBe(volatility);
  });
});

describe('what is known of volatility', () => {
  const view = (facts: Parameters<typeof viewOf>[1]) => viewOf(signalOf(0.5, 30), facts);

  it('is judged by its rank in the past where there is a past', () => {
    expect(view({ implied: 0.3, realised: 0.1, rank: 0.2 }).volatility).toBe('cheap');
    expect(view({ implied: 0.1, realised: 0.3, rank: 0.7 }).volatility).toBe('rich');
    expect([0.6, 0.599, 0.251, 0.25].map((rank) => view({ implied: 0.3, realised: 0.3, rank }).volatility)).toEqual([
      'rich',
      'fair',
      'fair',
      'cheap',
    ]);
    expect(view({ implied: 0.1, realised: 0.3, rank: 0.5 })).toMatchObject({ volatility: 'fair', volatilityRank: 0.5 });
  });

  it.each([
    [0.3, 0.3, 'flat'],
    [0.31, 0.3, 'backwardation'],
    [0.29, 0.3, 'contango'],
    [0.3, null, 'unknown'],
    [null, 0.3, 'unknown'],
  ])('near %d against later %d is %s', (implied, later, term) => {
    expect(view({ implied, later, realised: null }).term).toBe(term);
  });
});

describe('structures for a view', () => {
  const names = (probability: number, implied: number | null): readonly string[] =>
    structuresFor(viewOf(signalOf(probability, 30), { implied, realised: 0.2 }), BOOK);

  it('buy single legs when it is strong, spreads when it is moderate, credit first when options are rich', () => {
    expect(names(0.7, 0.3)).toEqual(['long-call', 'bull-call-spread']);
    expect(names(0.3, 0.3)).toEqual(['long-put', 'bear-put-spread', 'collar']);
    expect(names(0.3, 0.2)).toEqual(['long-put', 'bear-put-spread', 'protective-put', 'collar']);
    const up = ['bull-call-spread', 'bull-put-spread', 'call-diagonal', 'cash-secured-put', 'covered-call'];
    expect(names(0.56, 0.3)).toEqual(up);
    expect(names(0.56, 0.1)).toEqual(['bull-call-spread', 'call-diagonal']);
    expect(names(0.44, 0.3)).toEqual(['bear-put-spread', 'bear-call-spread', 'put-diagonal', 'collar']);
  });

  it('sell a range when there is no direction, but never cheap options', () => {
    const rich = ['iron-condor', 'iron-butterfly', 'call-butterfly', 'cash-secured-put', 'covered-call'];
    expect(names(0.5, 0.3)).toEqual(rich);
    expect(names(0.5, null)).toEqual(['iron-condor', 'call-calendar', 'covered-call']);
    expect(names(0.5, 0.1)).toEqual(['long-straddle', 'long-strangle', 'call-calendar']);
  });
});

describe('a chain', () => {
  it('implies the volatility it was priced with, at the money', () => {
    expect(aChainView().atTheMoneyVolatility({ min: 7, max: 60 })).toBeCloseTo(0.3, 2);
    expect(aChainView().atTheMoneyVolatility({ min: 30, max: 60 })).toBe(null);
    expect(aChainView({ quotes: [] }).atTheMoneyVolatility({ min: 7, max: 60 })).toBe(null);
  });
});
