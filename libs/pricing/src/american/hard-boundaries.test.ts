import { expect, it } from 'vitest';
import type { Right } from '../european.ts';
import { AmericanChain } from './american-chain.ts';
import { americanGreeks } from './american-option.ts';
import { newChainColumns } from './chain-columns.ts';

/**
 * Spot 100; strike, years, rate, yield, volatility, right, and the value of QuantLib 1.29: QdFp engine, tanh-sinh (40 iterations, 64 nodes,
 * 1e-12), which agrees with its 24 iterations on 40 nodes within 3e-9. Drift of many deviations, yields below zero, a rate of nothing.
 */
const VALUES: readonly (readonly [number, number, number, number, number, Right, number])[] = [
  [100, 1.125, 0.0945, 0.0376, 0.0167, 'put', 0.0898999258],
  [100, 0.5, 0.056, 0, 0.006, 'put', 0.0118227962],
  [99.9, 1.4, 0.052, 0, 0.005, 'put', 0.0001375804],
  [100.2, 0.75, 0.095, 0, 0.0235, 'put', 0.2127451056],
  [102.6, 0.88, 0.0948, 0, 0.0746, 'put', 2.6084767895],
  [100, 0.21, 0.08, 0, 0.019, 'put', 0.0822956953],
  [96.4, 2.32, 0, -0.0421, 0.0813, 'put', 1.2972180436],
  [104.72, 0.235, 0.0005, -0.082, 0.1703, 'put', 5.4120758869],
  [112, 0.35, 0.0286, -0.0457, 0.1855, 'put', 12.0276934044],
  [126, 2.2, 0.0094, -0.0354, 0.1873, 'put', 26.1608156856],
  [101.2, 0.69, 0.0216, -0.0144, 0.032, 'put', 1.2048895744],
  [100, 2, 0.03, 0.0300001, 0.15, 'put', 8.0673329969],
  [110, 2, 0.05, 0.0499, 0.3, 'put', 21.5355054009],
  [100, 1.1, 0.0376, 0.0945, 0.0167, 'call', 0.0898996827],
  [90, 0.5, -0.02, 0.03, 0.2, 'call', 10.6998440359],
];

it('boundaries that drift, and those of yields below zero, are as exact as others: 1e-5 (fast) and 1e-8 (fine)', () => {
  for (const [strike, years, rate, dividendYield, volatility, right, value] of VALUES) {
    const input = { spot: 100, strike, years, rate, yield: dividendYield, volatility, right };
    const error = (mode: 'fast' | 'fine'): number => Math.abs(americanGreeks(input, mode).price - value);
    expect(error('fast'), JSON.stringify(input)).toBeLessThan(1e-5);
    expect(error('fine'), JSON.stringify(input)).toBeLessThan(1e-8);
  }
});

it('greeks there are differences of the fine mode too', () => {
  for (const [strike, years, rate, dividendYield, volatility, right] of VALUES) {
    const input = { spot: 100, strike, years, rate, yield: dividendYield, volatility, right };
    const slope = (change: (step: number) => Partial<typeof input>, step: number): number =>
      (americanGreeks({ ...input, ...change(step) }).price - americanGreeks({ ...input, ...change(-step) }).price) /
      (2 * step);
    for (const mode of ['fast', 'fine'] as const) {
      const found = americanGreeks(input, mode);
      const what = `${mode} ${JSON.stringify(input)}`;
      const move = Math.min(2 * volatility * Math.sqrt(years), (2 * volatility ** 2) / Math.abs(rate - dividendYield));
      expect(Math.abs(found.delta - slope((step) => ({ spot: 100 + step }), move)), what).toBeLessThan(1e-3);
      const vega = slope((step) => ({ volatility: volatility + step }), 0.002 * volatility);
      expect(Math.abs(found.vega - 0.01 * vega), what).toBeLessThan(2e-4);
      if (rate < 1e-3) continue;
      const rho = slope((step) => ({ rate: rate + step }), 1e-5);
      expect(Math.abs(found.rho - 0.01 * rho), what).toBeLessThan(5e-4);
    }
  }
});

interface Terms {
  readonly years: number;
  readonly rate: number;
  readonly yield: number;
}

/** One expiry's calls or puts on a stock of 100, without prices. */
function contracts(terms: Terms, strikes: readonly number[], call: boolean) {
  return {
    spot: 100,
    years: Float64Array.of(terms.years),
    rate: Float64Array.of(terms.rate),
    yield: Float64Array.of(terms.yield),
    expiry: new Int32Array(strikes.length),
    strike: Float64Array.from(strikes),
    call: new Uint8Array(strikes.length).fill(call ? 1 : 0),
  };
}

/** One expiry of puts or calls at strikes about the spot, all at one volatility, and its implied volatilities. */
function chainOf(
  terms: Terms,
  strikes: readonly number[],
  call: boolean,
  volatilities: readonly number[],
): { readonly out: ReturnType<typeof newChainColumns>; readonly price: Float64Array } {
  const price = Float64Array.from(strikes, (strike, i) => {
    const input = {
      ...terms,
      spot: 100,
      strike,
      volatility: volatilities[i] ?? 0,
      right: call ? 'call' : 'put',
    } as const;
    return americanGreeks(input).price;
  });
  const out = newChainColumns(strikes.length);
  new AmericanChain().solve(strikes.length, { ...contracts(terms, strikes, call), price }, out);
  return { out, price };
}

it.each([
  // Beyond any boundary of few nodes: each by itself.
  [
    'a bond fund',
    { years: 0.75, rate: 0.056, yield: 0 },
    [99.7, 99.9, 99.95, 100],
    false,
    [0.006, 0.006, 0.006, 0.006],
  ],
  [
    'a drift of three deviations',
    { years: 0.7, rate: 0.06, yield: 0 },
    [98, 99.5, 100, 100.2],
    false,
    [0.02, 0.02, 0.02, 0.02],
  ],
  [
    'a yield below zero',
    { years: 0.3, rate: 0.085, yield: -0.0048 },
    [98, 99, 100, 100.03],
    false,
    [0.03, 0.02, 0.0142, 0.0142],
  ],
  // Volatilities six times each other, next to exercise.
  [
    'a yield above the rate',
    { years: 0.8, rate: 0.033, yield: 0.071 },
    [70, 90, 100, 140, 190, 248],
    false,
    [0.75, 0.32, 0.15, 0.42, 0.42, 0.42],
  ],
] as const)(
  'a chain of %s gives its quotes again within 1.5e-5 per 100',
  (_what, terms, strikes, call, volatilities) => {
    const { out, price } = chainOf(terms, strikes, call, volatilities);
    strikes.forEach((strike, i) => {
      expect(out.status[i], `strike ${strike}`).toBe(0);
      const right = call ? 'call' : 'put';
      const again = americanGreeks({ ...terms, spot: 100, strike, volatility: out.volatility[i] ?? 0, right }).price;
      expect(Math.abs(again - (price[i] ?? 0)), `strike ${strike}`).toBeLessThan(1.5e-7 * Math.max(100, strike));
    });
  },
);

it('a chain whose first quotes were odd looks at the volatilities of the next ones', () => {
  const terms = { years: 0.5, rate: 0.05, yield: 0.01 };
  const strikes = Array.from({ length: 20 }, (_, i) => 80 + 2 * i);
  const at = (volatility: number): Float64Array =>
    Float64Array.from(
      strikes,
      (strike) => americanGreeks({ ...terms, spot: 100, strike, volatility, right: 'put' }).price,
    );
  const count = strikes.length;
  const quotes = contracts(terms, strikes, false);
  const usual = { ...quotes, price: at(0.6) };
  const fresh = newChainColumns(count);
  new AmericanChain().solve(count, usual, fresh);
  for (const odd of [at(0.15), new Float64Array(count)]) {
    const chain = new AmericanChain();
    const out = newChainColumns(count);
    chain.solve(count, { ...quotes, price: odd }, out);
    // The boundaries of the odd range are not good for these: each quote is searched for by itself, once.
    chain.solve(count, usual, out);
    Array.from(out.volatility).forEach((volatility) => {
      expect(volatility).toBeCloseTo(0.6, 5);
    });
    chain.solve(count, usual, out);
    expect(out).toEqual(fresh);
  }
});
