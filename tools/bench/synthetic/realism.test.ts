import { marketDate } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { SyntheticMarket } from '../../../libs/synthetic/src/synthetic-market.ts';
import { type ReturnFacts, median, minuteFacts, returnFacts, smileFacts, spreadFacts } from './facts.ts';
import { FROM, madeChains, madeMinutes } from './made.ts';
import { hasRealData, realMinutes, realReturns } from './real.ts';

// What the recorded data says, as realism.ts prints it; compared with the data itself where that is at hand.
const RECORDED = {
  spy: {
    kurtosis: 10.2,
    skewness: -0.19,
    clustering: [0.23, 0.31, 0.22],
    leverage: -0.16,
    overnightShare: 0.317,
    memory: -0.06,
  },
  minutes: { kurtosis: 5.1, openMoves: 1.92, closeMoves: 1.38, openVolume: 2.35, closeVolume: 2.47 },
  // TWX 2014-06-05 and GOOG 2015-12-24, means of both.
  smile: { skew: 0.2, curvature: 0.025 },
  spreads: { inside: 0.033, atTheMoney: 0.047, out: 0.124, farOut: 0.4 },
} as const;
const identity = { seed: '7' };

/** Within a factor of the recorded figure, and of its sign. */
const near = (made: number, recorded: number, factor: number): boolean =>
  made / recorded > 1 / factor && made / recorded < factor;

describe('synthetic prices and quotes beside recorded ones', () => {
  it.skipIf(!hasRealData)('the recorded figures are those of the data', async () => {
    const { spy, minutes } = RECORDED;
    const daily = returnFacts(realReturns('SPY'));
    for (const name of ['kurtosis', 'skewness', 'leverage', 'overnightShare', 'memory'] as const)
      expect(daily[name], name).toBeCloseTo(spy[name], name === 'kurtosis' ? 0 : 2);
    for (const [index, value] of spy.clustering.entries()) expect(daily.clustering[index]).toBeCloseTo(value, 2);
    const byMinute = minuteFacts(await realMinutes());
    for (const name of ['openMoves', 'closeMoves', 'openVolume', 'closeVolume'] as const)
      expect(byMinute[name], name).toBeCloseTo(minutes[name], 1);
  });

  it('daily returns have fat tails, clusters that last, the leverage effect and their share of the night', () => {
    const market = new SyntheticMarket(identity, marketDate('2018-12-31'));
    const made: ReturnFacts = returnFacts(
      market
        .underlying('SPY')
        .days.filter(({ date }) => date >= FROM)
        .map(({ open, close, previousClose, dividend }) => ({
          overnight: Math.log((open + dividend) / previousClose),
          intraday: Math.log(close / open),
        })),
    );
    const { spy } = RECORDED;
    expect(near(made.kurtosis, spy.kurtosis, 1.6)).toBe(true);
    for (const [index, value] of spy.clustering.entries())
      expect(near(made.clustering[index] ?? 0, value, 2)).toBe(true);
    expect(near(made.leverage, spy.leverage, 2)).toBe(true);
    expect(near(made.skewness, spy.skewness, 2.5)).toBe(true);
    expect(near(made.overnightShare, spy.overnightShare, 1.2)).toBe(true);
    expect(Math.abs(made.memory)).toBeLessThan(0.06);
  });

  it('minutes move and trade as a recorded day does', () => {
    const made = minuteFacts(madeMinutes('SPY', identity));
    const { minutes } = RECORDED;
    expect(near(made.kurtosis, minutes.kurtosis, 2)).toBe(true);
    for (const name of ['openMoves', 'closeMoves', 'openVolume', 'closeVolume'] as const)
      expect(near(made[name], minutes[name], 1.2)).toBe(true);
  });

  it('smiles lean and bend, and quotes widen away from the money, as recorded ones do', () => {
    const chains = madeChains('GOOG', identity, 3);
    const month = chains.map((chain) => {
      const days = (quotes: (typeof chain)[number]): number => Math.abs((quotes[0]?.years ?? 9) * 365 - 30);
      return smileFacts(chain.toSorted((a, b) => days(a) - days(b))[0] ?? []);
    });
    expect(near(median(month.map(({ skew }) => skew)), RECORDED.smile.skew, 2)).toBe(true);
    expect(near(median(month.map(({ curvature }) => curvature)), RECORDED.smile.curvature, 2.5)).toBe(true);
    const spreads = chains.map((chain) => spreadFacts(chain));
    for (const name of ['inside', 'atTheMoney', 'out', 'farOut'] as const)
      expect(near(median(spreads.map((one) => one[name])), RECORDED.spreads[name], 2)).toBe(true);
  });
});
