import { type OptionContract, optionContract } from '@trading-agent/instruments';
import { optionPrice } from '@trading-agent/pricing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marketDistribution } from './distribution.ts';

interface Smile {
  readonly forward: number;
  readonly years: number;
  /** Of the underlying's price. */
  readonly strikes: readonly (readonly [strike: number, volatility: number])[];
}

/** The farthest that the distribution is from a quote out of the money, undiscounted dollars and as a share of the quote; the price at the money. */
function farthest({ forward, years, strikes }: Smile): {
  readonly off: number;
  readonly share: number;
  readonly atTheMoney: number;
} {
  const black = (strike: number, right: 'call' | 'put', volatility: number): number =>
    optionPrice({ spot: forward, strike, years, rate: 0, yield: 0, right, volatility });
  const quoted = strikes.map(([strike, volatility]) => {
    const right = strike >= forward ? 'call' : 'put';
    const mid = black(strike, right, volatility);
    return { contract: contractOf(strike, right), bid: mid, ask: mid, mid, volatility };
  });
  const found = marketDistribution(quoted, { years, forward });
  let off = found === null ? Number.NaN : 0;
  let share = off;
  for (const { contract, mid } of quoted) {
    let value = 0;
    for (const [index, price] of (found?.prices ?? []).entries()) {
      const beyond = price - contract.strike;
      value += (found?.probabilities[index] ?? 0) * Math.max(0, contract.right === 'call' ? beyond : -beyond);
    }
    off = Math.max(off, Math.abs(value - mid));
    share = Math.max(share, Math.abs(value / mid - 1));
  }
  const level = strikes.reduce((least, [strike]) => Math.min(least, Math.abs(strike - forward)), forward);
  const [strike, volatility] = strikes.find(([one]) => Math.abs(one - forward) === level) ?? [forward, 0.2];
  return { off, share, atTheMoney: black(strike, 'call', volatility) };
}

function contractOf(strike: number, right: 'call' | 'put'): OptionContract {
  const thousandths = String(Math.round(strike * 1_000)).padStart(8, '0');
  return optionContract(`GOOG160115${right === 'call' ? 'C' : 'P'}${thousandths}`);
}

describe("an expiry's distribution", () => {
  it.each<[string, Smile]>([
    [
      'seven quotes, all but on a straight line, ending before the smile turns',
      {
        forward: 735.95,
        years: 9.22 / 365,
        strikes: [
          [690, 0.161],
          [700, 0.15],
          [710, 0.138],
          [720, 0.126],
          [730, 0.114],
          [740, 0.102],
          [750, 0.092],
        ],
      },
    ],
    [
      'many with a tail of far strikes at the tick',
      {
        forward: 748.61,
        years: 22.2 / 365,
        strikes: [
          ...Array.from({ length: 30 }, (_, index): [number, number] => [660 + 3 * index, 0.262 - 0.0026 * index]),
          ...Array.from({ length: 22 }, (_, index): [number, number] => [750 + 2.5 * index, 0.186 - 0.00115 * index]),
          [807.5, 0.153],
          [810, 0.169],
          [817.5, 0.177],
          [825, 0.192],
          [850, 0.241],
        ],
      },
    ],
  ])('prices the quotes it was made of: %s', (_, smile) => {
    const { off, atTheMoney } = farthest(smile);
    expect(off).toBeLessThan(0.05 * atTheMoney);
  });

  it('prices far options of a steep smile, which are worth what lies beyond five deviations', () => {
    // An index a month before expiry: put volatilities rise by a point a ten dollars.
    const strikes = Array.from({ length: 11 }, (_, index): [number, number] => [
      670 + 10 * index,
      0.179 - 0.0088 * index,
    ]);
    expect(farthest({ forward: 741, years: 29 / 365, strikes }).share).toBeLessThan(0.05);
  });

  it('does so for smiles of any slope and bend, however few strikes show them', () => {
    const within = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    const smiles = fc.record({
      level: within(0.1, 0.6),
      slope: within(-0.25, 0.1),
      bend: within(0, 0.05),
      days: within(3, 60),
      // Deviations of the price between neighbouring strikes, and from the forward to the first below it.
      step: within(0.3, 1),
      first: within(0, 1),
      below: fc.integer({ min: 1, max: 8 }),
      above: fc.integer({ min: 1, max: 8 }),
      noise: fc.array(within(-0.01, 0.01), { minLength: 16, maxLength: 16 }),
    });
    let made = 0;
    fc.assert(
      fc.property(smiles, ({ level, slope, bend, days, step, first, below, above, noise }) => {
        fc.pre(below + above >= 5);
        const years = days / 365;
        const deviation = level * Math.sqrt(years);
        const strikes = Array.from({ length: below + above }, (_, index): [number, number] => {
          // In deviations, so that short and long expiries are bent alike.
          const x = (index - below + first) * step;
          const exact = level * Math.sqrt(Math.max(0.2, 1 + slope * x + bend * x * x));
          return [Math.round(100_000 * Math.exp(x * deviation)) / 1_000, exact * (1 + (noise[index] ?? 0))];
        });
        const { off, atTheMoney } = farthest({ forward: 100, years, strikes });
        made++;
        expect(off / atTheMoney).toBeLessThan(0.08);
      }),
      { numRuns: 300 },
    );
    expect(made).toBeGreaterThan(200);
  });
});
