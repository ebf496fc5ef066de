import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionGreeks, optionPrice, type OptionInput } from '../european.ts';
import { americanEngine } from './american-batch.ts';
import { AmericanChain } from './american-chain.ts';
import { americanGreeks, americanImpliedVolatility } from './american-option.ts';
import { newChainColumns } from './chain-columns.ts';
import { certainPut } from './regime.ts';

const put: OptionInput = { spot: 100, strike: 100, years: 1, rate: 0.03, yield: 0, volatility: 0.2, right: 'put' };
const call: OptionInput = { ...put, right: 'call' };
const e = Math.exp;

/**
 * Largest distance of price, delta, theta and rho (per year, per 1.00; what is not given is 0) from what is expected, relative where that is more
 * than 1; gamma and vega must be 0. Not a number unless the outcome is `ok`.
 */
function missOf(
  input: OptionInput,
  expected: { readonly price: number; readonly delta: number; readonly theta?: number; readonly rho?: number },
): number {
  const { outcome, price, delta, gamma, vega, theta, rho } = americanGreeks(input);
  if (outcome !== 'ok') return Number.NaN;
  const off = (found: number, value = 0): number => Math.abs(found - value) / Math.max(1, Math.abs(value));
  return Math.max(
    off(price, expected.price),
    off(delta, expected.delta),
    off(theta * 365, expected.theta),
    off(rho * 100, expected.rho),
    off(gamma),
    off(vega),
  );
}

describe('without chance', () => {
  it('what is held to the end is worth its forward', () => {
    // 100 - 90 e^(-0.05 · 2): delta 1, theta -r K e^(-rT), rho T K e^(-rT).
    const kept = 90 * e(-0.1);
    const terms = { ...call, strike: 90, years: 2, rate: 0.05, volatility: 0 };
    expect(missOf(terms, { price: 100 - kept, delta: 1, theta: -0.05 * kept, rho: 2 * kept })).toBeLessThan(1e-7);
    // A put on a stock that pays more than money earns, until the end.
    const paid = 100 * e(-0.3);
    const bond = 100 * e(-0.06);
    expect(
      missOf(
        { ...put, years: 3, rate: 0.02, yield: 0.1, volatility: 1e-9 },
        { price: bond - paid, delta: -e(-0.3), theta: 0.02 * bond - 0.1 * paid, rho: -3 * bond },
      ),
    ).toBeLessThan(1e-7);
  });

  it('what is exercised in between is worth that, and knows nothing of the end', () => {
    // When the stock has fallen to r/q of the strike: t = ln(1.25) / 0.08, value K e^(-rt) (1 - r/q).
    const time = Math.log(1.25) / 0.08;
    const then = 100 * e(-0.02 * time);
    const terms = { ...put, spot: 25, years: 10, rate: 0.02, yield: 0.1, volatility: 0 };
    expect(missOf(terms, { price: 0.8 * then, delta: -e(-0.1 * time), rho: -time * then })).toBeLessThan(1e-7);
    // The call by symmetry: K 25 on 100, rate and yield exchanged; rho is minus the yield's of the put, t · 25 e^(-0.1 t).
    expect(
      missOf(
        { ...call, strike: 25, years: 10, rate: 0.1, yield: 0.02, volatility: 0 },
        { price: 0.8 * then, delta: e(-0.02 * time), rho: time * 25 * e(-0.1 * time) },
      ),
    ).toBeLessThan(1e-7);
  });

  it('but at a forward at the strike the smallest chance is seen', () => {
    // Bachelier: a deviation of d is worth d K / sqrt(2π).
    for (const deviation of [1e-6, 5e-5]) {
      const worth = (deviation * 100) / Math.sqrt(2 * Math.PI);
      const found = americanGreeks({ ...put, rate: 0, volatility: deviation });
      expect(found.price / worth).toBeCloseTo(1, 3);
      const forward = americanGreeks({ ...call, rate: 0.05, strike: 100 * e(0.05), volatility: deviation });
      expect(forward.price / worth).toBeCloseTo(1, 3);
    }
  });

  it('no option is worth less than at the best time without it, nor more than its bond', () => {
    const carry = fc.double({ min: -0.1, max: 0.15, noNaN: true });
    const terms = fc.record({
      rate: carry,
      yield: carry,
      years: fc.double({ min: 0.001, max: 3, noNaN: true }),
      logVolatility: fc.double({ min: Math.log(0.0001), max: Math.log(5), noNaN: true }),
      deviations: fc.double({ min: -3, max: 3, noNaN: true }),
    });
    fc.assert(
      fc.property(terms, ({ rate, yield: dividendYield, years, logVolatility, deviations }) => {
        // Two boundaries are finite differences: slow, and checked below.
        fc.pre(!(dividendYield < rate && rate < 0));
        const volatility = Math.exp(logVolatility);
        const x = Math.exp(deviations * Math.min(1, volatility * Math.sqrt(years)));
        const found = americanGreeks(
          { ...put, spot: x, strike: 1, rate, yield: dividendYield, years, volatility },
          'fast',
        );
        expect(found.price).toBeGreaterThan(certainPut(x, years, rate, dividendYield) - 1e-7 * Math.max(1, x));
        expect(found.price).toBeLessThanOrEqual(Math.max(1, e(-rate * years)) + 1e-12);
        expect(found.vega).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('beyond all deviations', () => {
  it('a put is its strike, paid when that is worth most', () => {
    const bond = 100 * e(0.06);
    expect(
      missOf(
        { ...put, years: 3, rate: -0.02, volatility: 200 },
        { price: bond, delta: 0, theta: -0.02 * bond, rho: -3 * bond },
      ),
    ).toBeLessThan(1e-7);
    const stock = 100 * e(0.3);
    expect(
      missOf({ ...call, years: 3, yield: -0.1, volatility: 200 }, { price: stock, delta: e(0.3), theta: -0.1 * stock }),
    ).toBeLessThan(1e-7);
  });

  it('so is a put on a stock of nothing, which moves against it', () => {
    const terms: OptionInput = { ...put, spot: 1e-305, years: 3, rate: -0.02, yield: -0.01 };
    expect(
      missOf(terms, { price: 100 * e(0.06), delta: -e(0.03), theta: -2 * e(0.06), rho: -300 * e(0.06) }),
    ).toBeLessThan(1e-7);
  });
});

it('an expired option has the delta of its exercise', () => {
  const delta = (input: OptionInput): number => americanGreeks({ ...input, years: 0 }).delta;
  expect([delta({ ...put, strike: 110 }), delta({ ...call, strike: 90 }), delta({ ...put, strike: 90 })]).toEqual([
    -1, 1, 0,
  ]);
});

it('carry beyond the doubles is no quote', () => {
  expect(americanGreeks({ ...put, rate: 700 }).outcome).toBe('no-quote');
  expect(americanGreeks({ ...call, yield: -1, years: 700 }).outcome).toBe('no-quote');
});

it('tells where exercise begins, of calls above the strike and of puts below it, or that it never does', () => {
  const above = americanGreeks({ ...call, yield: 0.06 }).exerciseBoundary ?? Number.NaN;
  const below = americanGreeks({ ...put, rate: 0.06 }).exerciseBoundary ?? Number.NaN;
  expect(above).toBeGreaterThan(100);
  expect(below).toBeLessThan(100);
  for (const [input, inside, outside] of [
    [{ ...call, yield: 0.06 }, above * 1.0001, above * 0.9999],
    [{ ...put, rate: 0.06 }, below * 0.9999, below * 1.0001],
  ] as const) {
    expect(americanGreeks({ ...input, spot: inside }).outcome).toBe('exercise-region');
    expect(americanGreeks({ ...input, spot: outside }).outcome).toBe('ok');
  }
  expect(americanGreeks(call).exerciseBoundary).toBeUndefined();
  expect(americanGreeks({ ...put, rate: 0 }).exerciseBoundary).toBeUndefined();
});

describe('two boundaries (yield < rate < 0)', () => {
  const two: OptionInput = { ...put, rate: -0.01, yield: -0.04, volatility: 0.15 };

  it('have the greeks of differences, of puts and of calls, in dollars', () => {
    for (const input of [two, { ...two, spot: 80, strike: 100, rate: -0.04, yield: -0.01, right: 'call' }] as const) {
      const found = americanGreeks(input, 'fast');
      const at = (change: Partial<OptionInput>): number => {
        const { spot, strike, years, rate, yield: paid, volatility, right } = { ...input, ...change };
        const engine = americanEngine('fast');
        engine.evaluate(spot, strike, years, rate, paid, volatility, right === 'call', false);
        return engine.price;
      };
      const slope = (change: (step: number) => Partial<OptionInput>, step: number): number =>
        (at(change(step)) - at(change(-step))) / (2 * step);
      expect(Math.abs(found.delta - slope((step) => ({ spot: input.spot + step }), 0.5))).toBeLessThan(2e-3);
      const up = at({ spot: input.spot + 1 });
      const down = at({ spot: input.spot - 1 });
      expect(Math.abs(found.gamma - (up + down - 2 * found.price))).toBeLessThan(2e-3);
      expect(
        Math.abs(found.vega - 0.01 * slope((step) => ({ volatility: input.volatility + step }), 0.002)),
      ).toBeLessThan(2e-3);
      expect(Math.abs(found.rho - 0.01 * slope((step) => ({ rate: input.rate + step }), 0.002))).toBeLessThan(2e-2);
      expect(Math.abs(found.theta + slope((step) => ({ years: input.years + step }), 0.01) / 365)).toBeLessThan(2e-4);
    }
  });

  it('exercise between them, and are their European twin where what is earned by it is nothing', () => {
    expect(americanGreeks({ ...two, strike: 150, volatility: 0.05 }, 'fast')).toMatchObject({
      outcome: 'exercise-region',
      price: 50,
      delta: -1,
      rho: 0,
    });
    for (const same of [
      { ...two, rate: -1e-12, yield: -2e-12 },
      { ...two, rate: -0.02, yield: -0.02 },
      { ...two, rate: -0.02, yield: -0.02 - 1e-9 },
      // Beyond the grid's reach, where it told more than the bond.
      { ...two, volatility: 95 },
    ]) {
      expect(Math.abs(americanGreeks(same).price - optionPrice(same))).toBeLessThan(1e-6);
      expect(americanGreeks(same).rho).toBeCloseTo(optionGreeks(same).rho, 5);
    }
  });
});

it('one volatility is found for a call of a strike far above its stock', () => {
  const far: OptionInput = { ...call, strike: 1e11, volatility: 6, years: 3 };
  const found = americanImpliedVolatility({ ...far, price: americanGreeks(far).price }, 'fast');
  expect(found).toMatchObject({ kind: 'ok' });
  expect(found.kind === 'ok' ? found.volatility : 0).toBeCloseTo(6, 6);
});

describe('a chain', () => {
  const solve = (
    rows: readonly { expiry: number; strike: number; call: boolean; price: number }[],
    spot = 100,
    expiries: readonly { years: number; rate: number; yield: number }[] = [{ years: 1, rate: 0.03, yield: 0.01 }],
  ): { readonly status: number[]; readonly volatility: Float64Array; readonly delta: Float64Array } => {
    const out = newChainColumns(rows.length);
    // What stood there before must not be told.
    for (const column of [out.volatility, out.delta, out.rho]) column.fill(7);
    const of = (name: 'years' | 'rate' | 'yield'): Float64Array => Float64Array.from(expiries, (one) => one[name]);
    const quotes = {
      spot,
      years: of('years'),
      rate: of('rate'),
      yield: of('yield'),
      expiry: Int32Array.from(rows, (row) => row.expiry),
      strike: Float64Array.from(rows, (row) => row.strike),
      call: Uint8Array.from(rows, (row) => (row.call ? 1 : 0)),
      price: Float64Array.from(rows, (row) => row.price),
    };
    new AmericanChain().solve(rows.length, quotes, out);
    return { status: Array.from(out.status), volatility: out.volatility, delta: out.delta };
  };
  const one = { expiry: 0, strike: 100, call: true, price: 8 };

  it('of no contracts, of none that can be told, of those of no expiry', () => {
    expect(solve([]).status).toEqual([]);
    expect(
      solve([
        { ...one, price: 0 },
        { ...one, price: Number.NaN },
        { ...one, strike: Infinity },
      ]).status,
    ).toEqual([4, 4, 4]);
    const { status, volatility, delta } = solve([{ ...one, expiry: -1 }, one, { ...one, expiry: 1 }]);
    expect(status).toEqual([4, 0, 4]);
    expect([volatility[0], volatility[2], delta[0], delta[2]]).toEqual([0, 0, 0, 0]);
    expect(solve([one], Number.NaN, [{ years: 0, rate: 0, yield: 0 }]).status).toEqual([4]);
  });

  it('types what is exercised with its delta, and a call that its stock pays for holding', () => {
    const { status, delta } = solve(
      [
        { ...one, strike: 200, call: false, price: 100 },
        { ...one, strike: 1, price: 99 },
      ],
      100,
      [{ years: 0.1, rate: 0.03, yield: 0.02 }],
    );
    expect(status).toEqual([1, 1]);
    expect(Array.from(delta)).toEqual([-1, 1]);
    const paid = { years: 1, rate: 0.02, yield: -0.1 };
    const price = americanGreeks({ ...call, ...paid, volatility: 4 }).price;
    expect(price).toBeGreaterThan(100);
    expect(solve([{ ...one, price }], 100, [paid]).volatility[0]).toBeCloseTo(4, 4);
  });

  it('of great carry, or of two boundaries, is searched for one by one', () => {
    for (const [terms, volatility] of [
      [{ years: 10, rate: 0.5, yield: 0.3 }, 0.4],
      [{ years: 1, rate: -0.01, yield: -0.04 }, 0.15],
    ] as const) {
      const input: OptionInput = { ...put, ...terms, strike: 101, volatility };
      const price = americanGreeks(input).price;
      expect(solve([{ expiry: 0, strike: 101, call: false, price }], 100, [terms]).volatility[0]).toBeCloseTo(
        volatility,
        4,
      );
    }
  });

  it('kept by another rate, yield or much later is solved anew', () => {
    const terms = { years: 1, rate: 0.05, yield: 0.03 };
    const chain = new AmericanChain();
    const others = [
      { ...terms, rate: 0.055 },
      { ...terms, yield: 0.025 },
      { ...terms, years: 2 },
      { ...terms, years: 0.1 },
      { ...terms, years: 0.9 },
    ];
    // All valued before: the kernels' memory belongs to the chain from here on.
    const prices = new Map(
      [terms, ...others].map((one) => [one, americanGreeks({ ...put, ...one, strike: 110, volatility: 0.25 }).price]),
    );
    const at = (other: typeof terms): number => {
      const out = newChainColumns(1);
      chain.solve(
        1,
        {
          spot: 100,
          years: Float64Array.of(other.years),
          rate: Float64Array.of(other.rate),
          yield: Float64Array.of(other.yield),
          expiry: new Int32Array(1),
          strike: Float64Array.of(110),
          call: new Uint8Array(1),
          price: Float64Array.of(prices.get(other) ?? 0),
        },
        out,
      );
      return out.volatility[0] ?? Number.NaN;
    };
    // Each from the boundaries of the first, if they were kept.
    for (const other of others) {
      chain.clear();
      at(terms);
      expect(Math.abs(at(other) - 0.25), JSON.stringify(other)).toBeLessThan(2e-6);
      expect(Math.abs(at(terms) - 0.25)).toBeLessThan(2e-6);
    }
  });
});
