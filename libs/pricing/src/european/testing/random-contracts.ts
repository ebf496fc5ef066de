import { newOptionColumns, type OptionColumns } from '../columns.ts';

/** A reproducible stream of numbers in [0, 1): the 32-bit generator of G. Marsaglia, "Xorshift RNGs" (2003). */
export function randomStream(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}

const ONE_SECOND = 1 / (365 * 86_400);
const ABSURD: Readonly<Record<'amount' | 'years' | 'rate' | 'volatility' | 'price', readonly number[]>> = {
  amount: [0.001, 1e-300, 1e-12, 1, 100, 1e6, 1e150, 1e300, 0, -1, Number.NaN, Number.POSITIVE_INFINITY],
  years: [ONE_SECOND, 1e-300, 0, -1, 1, 30, 1e9, 1e300, Number.NaN, Number.POSITIVE_INFINITY],
  rate: [0, -0.05, -1, 1, -50, 1e-300, 1e9, 1e300, Number.NaN, Number.NEGATIVE_INFINITY],
  volatility: [0, -0.2, 1e-300, 1e-12, 0.2, 5, 1e6, 1e300, Number.NaN, Number.POSITIVE_INFINITY],
  price: [0, -1, 1e-320, 1e-300, 0.01, 1e300, Number.NaN, Number.POSITIVE_INFINITY],
};

/** Contracts with volatilities and prices where every other figure is outside all reason: wide in its logarithm, or one of the above. */
export function absurdContracts(
  count: number,
  seed: number,
): { readonly contracts: OptionColumns; readonly volatility: Float64Array; readonly price: Float64Array } {
  const next = randomStream(seed);
  const contracts = newOptionColumns(count);
  const volatility = new Float64Array(count);
  const price = new Float64Array(count);
  const pick = (from: readonly number[]): number => from[Math.floor(next() * from.length)] ?? 0;
  const either = (kind: keyof typeof ABSURD, plain: () => number): number =>
    next() < 0.2 ? pick(ABSURD[kind]) : plain();
  const wide = (low: number, high: number): number => low * (high / low) ** next();
  for (let i = 0; i < count; i += 1) {
    const spot = either('amount', () => wide(1e-3, 1e5));
    contracts.spot[i] = spot;
    contracts.strike[i] = next() < 0.5 ? spot * wide(0.5, 2) : either('amount', () => wide(1e-3, 1e5));
    contracts.years[i] = either('years', () => wide(ONE_SECOND, 30));
    contracts.rate[i] = either('rate', () => next() * 0.3 - 0.1);
    contracts.yield[i] = either('rate', () => next() * 0.3 - 0.1);
    contracts.call[i] = next() < 0.5 ? 1 : 0;
    volatility[i] = either('volatility', () => wide(1e-4, 20));
    price[i] = next() < 0.5 ? spot * next() : either('price', () => wide(1e-12, 1e5));
  }
  return { contracts, volatility, price };
}
