import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../european/outcomes.ts';
import { AmericanChain } from './american-chain.ts';
import { type ChainColumns, type ChainQuotes, newChainColumns } from './chain-columns.ts';
import { americanGreeks, type AmericanValue } from './american-option.ts';
import { listedChain } from './testing/listed-chain.ts';

const chain = listedChain();
const GREEKS = ['delta', 'gamma', 'vega', 'theta', 'rho'] as const;

function fine(quotes: ChainQuotes, i: number, volatility: number): AmericanValue {
  const expiry = quotes.expiry[i] ?? 0;
  return americanGreeks({
    spot: quotes.spot,
    strike: quotes.strike[i] ?? 0,
    years: quotes.years[expiry] ?? 0,
    rate: quotes.rate[expiry] ?? 0,
    yield: quotes.yield[expiry] ?? 0,
    volatility,
    right: quotes.call[i] === 1 ? 'call' : 'put',
  });
}

/** Largest price error, in dollars per `per` of spot, of the volatilities found. */
function priceError(quotes: ChainQuotes, out: ChainColumns, count: number, per = quotes.spot): number {
  let worst = 0;
  for (let i = 0; i < count; i += 1) {
    if (out.status[i] !== 0) continue;
    const error = Math.abs(fine(quotes, i, out.volatility[i] ?? 0).price - (quotes.price[i] ?? 0));
    worst = Math.max(worst, (error / quotes.spot) * per);
  }
  return worst;
}

/** A chain of one expiry with chosen quotes. */
function single(rows: readonly { strike: number; call: boolean; price: number }[], years = 0.5): ChainQuotes {
  return {
    spot: 100,
    years: Float64Array.of(years),
    rate: Float64Array.of(0.05),
    yield: Float64Array.of(0),
    expiry: new Int32Array(rows.length),
    strike: Float64Array.from(rows, (row) => row.strike),
    call: Uint8Array.from(rows, (row) => (row.call ? 1 : 0)),
    price: Float64Array.from(rows, (row) => row.price),
  };
}

function outcomes(quotes: ChainQuotes): string[] {
  const count = quotes.strike.length;
  const out = newChainColumns(count);
  new AmericanChain().solve(count, quotes, out);
  return Array.from(out.status, outcomeOf);
}

describe('an American chain', () => {
  it('finds volatilities that reprice 5,040 quotes within 1.5e-5 dollars, and leaves none without an answer', () => {
    const out = newChainColumns(chain.count);
    new AmericanChain().solve(chain.count, chain.quotes, out);
    expect(Array.from(out.status)).toEqual(Array.from(chain.status));
    expect(chain.quotes.spot).toBeGreaterThan(600);
    expect(priceError(chain.quotes, out, chain.count)).toBeLessThan(1.5e-5);
  });

  it('has the greeks of the fine mode, to small parts of a cent per unit', () => {
    const out = newChainColumns(chain.count);
    new AmericanChain().solve(chain.count, chain.quotes, out);
    const worst = { delta: 0, gamma: 0, vega: 0, theta: 0, rho: 0 };
    for (let i = 0; i < chain.count; i += 1) {
      if (out.status[i] !== 0) continue;
      const found = fine(chain.quotes, i, out.volatility[i] ?? 0);
      for (const name of GREEKS) worst[name] = Math.max(worst[name], Math.abs((out[name][i] ?? 0) - found[name]));
    }
    expect(worst.delta).toBeLessThan(2e-4);
    expect(worst.gamma).toBeLessThan(8e-6);
    expect(worst.vega).toBeLessThan(1e-3);
    expect(worst.theta).toBeLessThan(5e-4);
    expect(worst.rho).toBeLessThan(3e-3);
  });

  it('keeps its boundaries while time passes, at no cost in accuracy', () => {
    const solver = new AmericanChain();
    const out = newChainColumns(chain.count);
    solver.solve(chain.count, chain.quotes, out);
    const later = { ...chain.quotes, years: chain.quotes.years.map((time) => time * 0.97) };
    const price = Float64Array.from(chain.quotes.price);
    const sampled = Array.from(price.keys()).filter((i) => i % 7 === 0);
    for (const i of sampled) price[i] = fine(later, i, chain.volatility[i] ?? 0).price;
    const moved = { ...later, price };
    solver.solve(chain.count, moved, out);
    for (const i of sampled) {
      if (out.status[i] !== 0) continue;
      const error = Math.abs(fine(moved, i, out.volatility[i] ?? 0).price - (price[i] ?? 0));
      expect((error / moved.spot) * 100, `contract ${i}`).toBeLessThan(1.5e-5);
    }
  });

  it('gives the same figures from kept boundaries as from new ones, bit for bit', () => {
    const solver = new AmericanChain();
    const first = newChainColumns(chain.count);
    const second = newChainColumns(chain.count);
    solver.solve(chain.count, chain.quotes, first);
    solver.solve(chain.count, chain.quotes, second);
    expect(second).toEqual(first);
  });

  it('says why a quote has no volatility', () => {
    const put = (strike: number, price: number) => ({ strike, call: false, price });
    expect(
      outcomes(
        single([
          put(100, 6),
          put(200, 100),
          put(200, 99.9),
          put(100, 100),
          put(100, 0),
          put(100, Number.NaN),
          put(0, 1),
        ]),
      ),
    ).toEqual(['ok', 'exercise-region', 'below-intrinsic', 'above-maximum', 'no-quote', 'no-quote', 'no-quote']);
    expect(outcomes(single([put(100, 6)], 0))).toEqual(['expired']);
    expect(outcomes(single([put(100, 6)], Number.NaN))).toEqual(['no-quote']);
    // A call without yield is European: below its discounted bound no volatility explains it, though it is above S - K.
    expect(outcomes(single([{ strike: 80, call: true, price: 21 }]))).toEqual(['below-intrinsic']);
  });

  it('answers quotes far from the rest of their expiry, alone', () => {
    const quotes = single([
      { strike: 90, call: false, price: 0.5 },
      { strike: 100, call: false, price: 2.8 },
      { strike: 105, call: false, price: 60 },
      { strike: 110, call: false, price: 10.001 },
    ]);
    const out = newChainColumns(4);
    new AmericanChain().solve(4, quotes, out);
    expect(Array.from(out.status, outcomeOf)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(priceError(quotes, out, 4, 100)).toBeLessThan(1.5e-5);
  });

  it('refuses columns that are too short', () => {
    expect(() => new AmericanChain().solve(3, single([]), newChainColumns(3))).toThrow('column');
  });

  it('has every greek at a yield of next to nothing, two seconds before expiry', () => {
    const out = newChainColumns(1);
    const quotes = {
      ...single([{ strike: 100, call: true, price: 0.034 }], 6.6e-8),
      rate: Float64Array.of(0.0866),
      yield: Float64Array.of(1e-300),
    };
    new AmericanChain().solve(1, quotes, out);
    expect(outcomeOf(out.status[0] ?? -1)).toBe('ok');
    for (const name of GREEKS) expect(Number.isFinite(out[name][0]), name).toBe(true);
    // The call of a stock without dividends.
    const { rho, delta } = fine({ ...quotes, yield: Float64Array.of(0) }, 0, out.volatility[0] ?? Number.NaN);
    expect(out.rho[0]).toBeCloseTo(rho, 12);
    expect(out.delta[0]).toBeCloseTo(delta, 6);
  });
});
