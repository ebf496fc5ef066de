import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finiteDifferencePrice } from '../dividends/finite-difference.ts';
import { newGreekColumns } from '../european/columns.ts';
import { optionPrice, type OptionInput } from '../european.ts';
import { americanPriceColumns, americanValueColumns } from './american-batch.ts';
import { americanGreeks, americanImpliedVolatility } from './american-option.ts';
import { baroneAdesiWhaley } from './testing/barone-adesi-whaley.ts';
import { leisenReimer } from './testing/leisen-reimer.ts';

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** As quoted, to the hundredth of a basis point: zero is among them, and nothing that is zero but for rounding. */
const carry = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -30_000, max: 120_000 }).map((n) => n / 1e6) },
  { weight: 1, arbitrary: fc.constant(0) },
);

/** Exercise pays between two prices only: finite differences, with properties of their own below. */
const twoBoundaries = ({ right, rate, yield: paid }: Pick<OptionInput, 'right' | 'rate' | 'yield'>): boolean =>
  right === 'call' ? rate < paid && paid < 0 : paid < rate && rate < 0;

/** Beyond it a contract without a rate of its own is worth its European twin or finite differences, right to 1e-4 only. */
const MOST_DEVIATION = 3;

/** Contracts as they are listed, and beyond: strikes within three deviations, half an hour to five years, rates and yields below zero too. */
const contract = fc
  .record({
    deviations: real(-3, 3),
    years: fc.oneof(real(1 / 365, 3), real(6e-5, 1 / 365), real(3, 5)),
    rate: carry,
    yield: carry,
    volatility: fc.oneof(real(0.05, 1.2), real(1.2, 3)),
    right: fc.constantFrom('call' as const, 'put' as const),
  })
  .filter((terms) => !twoBoundaries(terms) && terms.volatility * Math.sqrt(terms.years) < MOST_DEVIATION)
  .map(({ deviations, ...rest }): OptionInput => {
    const strike = 100 * Math.exp(deviations * rest.volatility * Math.sqrt(rest.years));
    return { ...rest, spot: 100, strike };
  });

const price = (input: OptionInput): number => americanGreeks(input).price;
const intrinsic = (input: OptionInput): number =>
  Math.max(input.right === 'call' ? input.spot - input.strike : input.strike - input.spot, 0);
/** Slack of the fine mode: 1e-8 per 100, with strikes above the spot as the unit they are computed in. */
const slack = (input: OptionInput): number => 4e-10 * Math.max(input.spot, input.strike);

const runs = { numRuns: 60, seed: 20251124, endOnFailure: true };

describe('an American option', () => {
  it('is worth at least its European twin and its exercise value, at most the spot (call) or the strike (put), or what it grows to', () => {
    fc.assert(
      fc.property(contract, (input) => {
        const found = price(input);
        expect(found).toBeGreaterThanOrEqual(optionPrice(input) - slack(input));
        expect(found).toBeGreaterThanOrEqual(intrinsic(input));
        // Where to hold stock or cash costs, what it grows to.
        const [most, cost] = input.right === 'call' ? [input.spot, input.yield] : [input.strike, input.rate];
        expect(found).toBeLessThanOrEqual(most * Math.max(1, Math.exp(-cost * input.years)) + slack(input));
      }),
      runs,
    );
  });

  it('is worth no less with more volatility and with more time', () => {
    fc.assert(
      fc.property(contract, real(1.001, 1.5), (input, factor) => {
        const found = price(input);
        expect(price({ ...input, volatility: input.volatility * factor })).toBeGreaterThanOrEqual(found - slack(input));
        expect(price({ ...input, years: input.years * factor })).toBeGreaterThanOrEqual(found - slack(input));
      }),
      runs,
    );
  });

  it('is monotone and convex in the strike', () => {
    fc.assert(
      fc.property(contract, real(0.01, 0.2), (input, width) => {
        const at = (factor: number): number => price({ ...input, strike: input.strike * factor });
        const [low, middle, high] = [at(1 - width), at(1), at(1 + width)];
        const sign = input.right === 'call' ? -1 : 1;
        expect(sign * (middle - low)).toBeGreaterThanOrEqual(-slack(input));
        expect(sign * (high - middle)).toBeGreaterThanOrEqual(-slack(input));
        expect(low + high - 2 * middle).toBeGreaterThanOrEqual(-4 * slack(input));
      }),
      runs,
    );
  });

  it('mirrors: a call is the put with spot and strike, rate and yield exchanged, to 1e-12', () => {
    fc.assert(
      fc.property(contract, (input) => {
        const mirrored: OptionInput = {
          ...input,
          spot: input.strike,
          strike: input.spot,
          rate: input.yield,
          yield: input.rate,
          right: input.right === 'call' ? 'put' : 'call',
        };
        expect(Math.abs(price(input) - price(mirrored))).toBeLessThanOrEqual(1e-12 * Math.max(input.strike, 100));
      }),
      runs,
    );
  });

  it('scales with spot and strike together', () => {
    fc.assert(
      fc.property(contract, real(0.001, 1000), (input, factor) => {
        const scaled = price({ ...input, spot: input.spot * factor, strike: input.strike * factor });
        expect(Math.abs(scaled / factor - price(input))).toBeLessThanOrEqual(1e-11 * Math.max(input.strike, 100));
      }),
      runs,
    );
  });

  it('is its European twin where exercise never pays: a call without yield and a put without rate, the other not below zero', () => {
    fc.assert(
      fc.property(contract, (input) => {
        const twin: OptionInput =
          input.right === 'call'
            ? { ...input, yield: 0, rate: Math.abs(input.rate) }
            : { ...input, rate: 0, yield: Math.abs(input.yield) };
        expect(Math.abs(price(twin) - optionPrice(twin))).toBeLessThanOrEqual(1e-12 * Math.max(input.strike, 100));
      }),
      runs,
    );
  });

  it('has the greeks that central differences of its fine price give', () => {
    fc.assert(
      fc.property(contract, (input) => {
        const found = americanGreeks(input);
        const boundary = found.exerciseBoundary ?? (input.right === 'call' ? Infinity : 0);
        const reach = 0.02 * input.volatility * Math.sqrt(input.years) * 100;
        // A difference across the boundary sees both sides of its kink in gamma.
        fc.pre(found.outcome === 'ok' && Math.abs(input.spot - boundary) > 10 * reach);
        const slope = (change: (step: number) => Partial<OptionInput>, step: number): number =>
          (price({ ...input, ...change(step) }) - price({ ...input, ...change(-step) })) / (2 * step);
        // Prices of two orders of the scheme differ by up to 1e-8: the step decides what that does to a difference.
        const delta = slope((step) => ({ spot: input.spot + step }), 0.5 * reach);
        expect(Math.abs(found.delta - delta)).toBeLessThan(2e-4);
        const deltaAt = (step: number): number => americanGreeks({ ...input, spot: input.spot + step }).delta;
        const gamma = (deltaAt(reach) - deltaAt(-reach)) / (2 * reach);
        // In units of a density, which it is.
        const deviation = input.spot * input.volatility * Math.sqrt(input.years);
        expect(Math.abs(found.gamma - gamma) * deviation).toBeLessThan(2e-3 + 3e-3 * gamma * deviation);
        const vega = slope((step) => ({ volatility: input.volatility + step }), 0.002 * input.volatility);
        expect(Math.abs(found.vega - vega * 0.01)).toBeLessThan(2e-5 * Math.max(1, input.strike / 100));
        const decay = -slope((step) => ({ years: input.years + step }), 0.002 * input.years) / 365;
        const size = 1e-4 * Math.max(1, input.strike / 100);
        // Hours before expiry a day's decay is many times what is left.
        expect(Math.abs(found.theta - decay)).toBeLessThan(size + 1e-3 * Math.abs(decay));
        // Where the rate is nothing, or the yield, the boundary comes into being: there the price has a kink.
        const fromKink = Math.min(Math.abs(input.rate), Math.abs(input.rate - input.yield));
        fc.pre(fromKink > 2e-4);
        const rho = slope((step) => ({ rate: input.rate + step }), Math.min(1e-4, 0.05 * fromKink));
        expect(Math.abs(found.rho - rho * 0.01)).toBeLessThan(size);
      }),
      runs,
    );
  });

  it('gives back the volatility that made its price, where vega carries it', () => {
    fc.assert(
      fc.property(contract, (input) => {
        const found = americanGreeks(input);
        fc.pre(found.outcome === 'ok' && found.vega > 1e-3);
        const implied = americanImpliedVolatility({ ...input, price: found.price });
        const volatility = implied.kind === 'ok' ? implied.volatility : Number.NaN;
        expect(Math.abs(volatility - input.volatility)).toBeLessThan(1e-7);
      }),
      runs,
    );
  });

  it('agrees with a binomial tree, finite differences and, roughly, Barone-Adesi and Whaley', () => {
    for (const right of ['call', 'put'] as const) {
      for (const [strike, years, rate, dividendYield, volatility] of [
        [100, 0.5, 0.05, 0.02, 0.25],
        [110, 1, 0.02, 0.06, 0.3],
        [90, 0.25, 0.08, 0.08, 0.4],
        [105, 2, 0.04, 0.012, 0.2],
      ] as const) {
        const input: OptionInput = { spot: 100, strike, years, rate, yield: dividendYield, volatility, right };
        const found = price(input);
        expect(Math.abs(leisenReimer(input, 1001) - found)).toBeLessThan(2e-3);
        expect(Math.abs(baroneAdesiWhaley(input) - found)).toBeLessThan(0.15);
        const grid = finiteDifferencePrice({ ...input, exercise: 'american', dividends: [] });
        expect(Math.abs(grid.price - found)).toBeLessThan(1e-3);
      }
    }
  });

  it('with two boundaries is worth its European twin at least where deviations are many', () => {
    for (const [strike, years] of [
      [100, 3],
      [50, 3],
      [200, 10],
    ] as const)
      for (const volatility of [0.9, 2, 5]) {
        const terms = { spot: 100, strike, years, volatility } as const;
        const call: OptionInput = { ...terms, rate: -0.05, yield: -0.01, right: 'call' };
        const put: OptionInput = { ...terms, rate: -0.01, yield: -0.05, right: 'put' };
        for (const input of [call, put]) {
          const { price: found, delta, vega } = americanGreeks(input, 'fast');
          expect(found).toBeGreaterThanOrEqual(optionPrice(input) - 1e-9 * strike);
          expect(Math.abs(delta)).toBeLessThan(1.7);
          expect(vega).toBeGreaterThanOrEqual(-1e-6);
        }
      }
  });

  it('with two boundaries (yield < rate < 0) is solved too, as the tree does', () => {
    for (const strike of [90, 100, 120]) {
      const input: OptionInput = {
        spot: 100,
        strike,
        years: 1,
        rate: -0.01,
        yield: -0.04,
        volatility: 0.15,
        right: 'put',
      };
      const found = americanGreeks(input);
      expect(found.outcome).toBe('ok');
      expect(Math.abs(found.price - leisenReimer(input, 1001))).toBeLessThan(3e-3);
      expect(found.price).toBeGreaterThan(optionPrice(input) - 1e-3);
    }
  });

  it('types its exercise region: intrinsic price, delta one, nothing else moves', () => {
    const deep: OptionInput = { spot: 60, strike: 100, years: 1, rate: 0.06, yield: 0, volatility: 0.2, right: 'put' };
    expect(americanGreeks(deep)).toMatchObject({
      outcome: 'exercise-region',
      price: 40,
      delta: -1,
      gamma: 0,
      vega: 0,
      theta: 0,
      rho: 0,
    });
    expect(americanImpliedVolatility({ ...deep, price: 40 })).toEqual({ kind: 'exercise-region' });
    expect(americanImpliedVolatility({ ...deep, price: 39 })).toEqual({ kind: 'below-intrinsic' });
    expect(americanImpliedVolatility({ ...deep, price: 100 })).toEqual({ kind: 'above-maximum' });
    expect(americanImpliedVolatility({ ...deep, price: Number.NaN })).toEqual({ kind: 'no-quote' });
    expect(americanImpliedVolatility({ ...deep, years: 0, price: 40 })).toEqual({ kind: 'expired' });
  });
});

describe('a batch of American options', () => {
  it('yields numbers for every input, however absurd, and never throws', () => {
    const odd = fc.oneof(
      real(-1, 1000),
      fc.constantFrom(0, 1e-300, 1e300, 1e-3, Number.NaN, Infinity, -Infinity, 1 / 31_536_000, -0.5, 5),
    );
    fc.assert(
      fc.property(fc.array(odd, { minLength: 6, maxLength: 6 }), fc.boolean(), (numbers, call) => {
        const [spot = 0, strike = 0, years = 0, rate = 0, dividendYield = 0, volatility = 0] = numbers;
        // Two boundaries are finite differences: checked above, too slow for thousands.
        const [r, q] = call ? [dividendYield, rate] : [rate, dividendYield];
        fc.pre(!(r < 0 && q < r));
        const out = newGreekColumns(1);
        const one = (value: number): Float64Array => Float64Array.of(value);
        const input = {
          spot: one(spot),
          strike: one(strike),
          years: one(years),
          rate: one(rate),
          yield: one(dividendYield),
          call: Uint8Array.of(call ? 1 : 0),
        };
        americanPriceColumns(1, input, one(volatility), out);
        for (const column of [out.price, out.delta, out.gamma, out.vega, out.theta, out.rho]) {
          expect(Number.isFinite(column[0]), JSON.stringify([numbers, call])).toBe(true);
        }
        americanValueColumns(1, input, one(volatility), out);
        expect(Number.isFinite(out.price[0])).toBe(true);
      }),
      { numRuns: 4000, seed: 7 },
    );
  });
});

it('a second before expiry the volatility that is told gives the price again, however high', () => {
  for (const [years, strike, right, worth] of [
    [5.1e-8, 57.53, 'call', 8],
    [1.9e-7, 70, 'put', 40],
  ] as const) {
    const terms = { spot: 40, strike, years, rate: 0.16, yield: 0.18, right };
    const found = americanImpliedVolatility({ ...terms, price: worth });
    if (found.kind !== 'ok') throw new Error(`was ${found.kind}`);
    expect(found.volatility).toBeGreaterThan(1000);
    expect(price({ ...terms, volatility: found.volatility })).toBeCloseTo(worth, 4);
  }
});

describe('at the extremes', () => {
  const call: OptionInput = {
    spot: 100,
    strike: 100,
    years: 1,
    rate: 0.03,
    yield: 0.01,
    volatility: 0.2,
    right: 'call',
  };
  it.each<[string, OptionInput, object]>([
    [
      'a call is its stock when volatility is unbounded',
      { ...call, volatility: 151 },
      { outcome: 'ok', price: 100, delta: 1 },
    ],
    [
      'or what the stock pays with it, when to hold it costs',
      { ...call, volatility: 1e300, yield: -0.1 },
      { outcome: 'ok', price: 100 * Math.exp(0.1), delta: Math.exp(0.1) },
    ],
    ['a put is its strike', { ...call, right: 'put', volatility: 151 }, { outcome: 'ok', price: 100, delta: 0 }],
    [
      'a call for nothing is exercised',
      { ...call, strike: 1e-305 },
      { outcome: 'exercise-region', price: 100, delta: 1 },
    ],
    [
      'a put on nothing is exercised',
      { ...call, spot: 1e-305, right: 'put' },
      { outcome: 'exercise-region', price: 100, delta: -1 },
    ],
    [
      'greeks beyond the doubles are no quote',
      { ...call, spot: 3e-310, strike: 3e-310 },
      { outcome: 'no-quote', price: 0, delta: 0 },
    ],
    [
      'so is the rho of a bond of 1e300 over eighteen years',
      { spot: 0.33, strike: 1e300, years: 17.858, rate: -1, yield: 0.138, volatility: 0.327, right: 'put' },
      { outcome: 'no-quote', price: 0, rho: 0 },
    ],
  ])('%s', (_what, input, expected) => {
    expect(americanGreeks(input)).toMatchObject(expected);
  });
});
