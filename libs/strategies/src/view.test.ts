import { signalOf } from '@trading-agent/models';
import { describe, expect, it } from 'vitest';
import { structuresFor } from './build.ts';
import { aChainView } from './testing/chain.ts';
import { viewOf } from './view.ts';

describe('a view', () => {
  it.each([
    [0.5, 'neutral', 'none'],
    [0.539, 'neutral', 'none'],
    [0.541, 'up', 'moderate'],
    [0.459, 'down', 'moderate'],
    [0.601, 'up', 'strong'],
    [0.2, 'down', 'strong'],
  ])('of probability %d is %s (%s)', (probability, direction, conviction) => {
    expect(viewOf(signalOf(probability, 30), null, null)).toMatchObject({
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
    expect(viewOf(signalOf(0.5, 30), implied, realised).volatility).toBe(volatility);
  });
});

describe('structures for a view', () => {
  const names = (probability: number, implied: number | null): readonly string[] =>
    structuresFor(viewOf(signalOf(probability, 30), implied, 0.2));

  it('buy single legs when it is strong, spreads when it is moderate, credit first when options are rich', () => {
    expect(names(0.7, 0.3)).toEqual(['long-call', 'bull-call-spread']);
    expect(names(0.3, 0.3)).toEqual(['long-put', 'bear-put-spread']);
    expect(names(0.56, 0.2)).toEqual(['bull-call-spread', 'bull-put-spread']);
    expect(names(0.56, 0.3)).toEqual(['bull-put-spread', 'bull-call-spread']);
    expect(names(0.44, 0.2)).toEqual(['bear-put-spread', 'bear-call-spread']);
    expect(names(0.44, 0.3)).toEqual(['bear-call-spread', 'bear-put-spread']);
  });

  it('sell a range when there is no direction, but never cheap options', () => {
    expect(names(0.5, 0.3)).toEqual(['iron-condor']);
    expect(names(0.5, null)).toEqual(['iron-condor']);
    expect(names(0.5, 0.1)).toEqual([]);
  });
});

describe('a chain', () => {
  it('implies the volatility it was priced with, at the money', () => {
    expect(aChainView().atTheMoneyVolatility({ min: 7, max: 60 })).toBeCloseTo(0.3, 2);
    expect(aChainView().atTheMoneyVolatility({ min: 30, max: 60 })).toBe(null);
    expect(aChainView({ quotes: [] }).atTheMoneyVolatility({ min: 7, max: 60 })).toBe(null);
  });
});
