import { netPrice, type OrderLeg, sideOf } from '@trading-agent/instruments';
import type { EngineState } from './state.ts';

/** Net price at the far sides, signed as a limit is; `null` unless every leg is quoted where it is needed. */
export function naturalNet(state: EngineState, legs: readonly OrderLeg[]): number | null {
  const prices: number[] = [];
  for (const leg of legs) {
    const quote = state.book.quote(leg.symbol);
    const price = sideOf(leg.intent) === 'buy' ? quote?.ask : quote?.bid;
    if (price === undefined || price === null || !(price > 0)) return null;
    prices.push(price);
  }
  return netPrice(legs, prices);
}

/** Ten cents apart is a market, however cheap the option: dollars per share. */
const HALF_OF_A_NARROW_SPREAD = 0.05;

/**
 * The far sides, but no worse than the midpoint and `collar` of the legs' gross premium (five cents of each leg at least): an exit is not at any
 * price, an empty book gives one that nobody meant. A limit there waits for the market to come back, and is tried again when it times out.
 */
export function collaredNet(state: EngineState, legs: readonly OrderLeg[], collar: number): number | null {
  const natural = naturalNet(state, legs);
  if (natural === null) return null;
  const mids: number[] = [];
  for (const { symbol, intent } of legs) {
    const quote = state.book.quote(symbol);
    // What is bought back while nobody bids is worth between nothing and what is asked for it.
    const bid = quote?.bid ?? (sideOf(intent) === 'buy' ? 0 : null);
    const ask = quote?.ask ?? null;
    // Without offers, and in a crossed market, there is no middle to measure from: the side that is needed is all that is known.
    if (bid === null || ask === null || ask < bid) return natural;
    mids.push((bid + ask) / 2);
  }
  const allowed = legs.reduce(
    (sum, { ratio }, index) => sum + ratio * Math.max(collar * (mids[index] ?? 0), HALF_OF_A_NARROW_SPREAD),
    0,
  );
  const worst = netPrice(legs, mids) + allowed;
  const ticks = legs.length === 1 ? ticksPerDollar(worst) : CENTS;
  return Math.min(natural, Math.floor(worst * ticks + 1e-6) / ticks);
}

/** Packages are priced in cents in every class. */
const CENTS = 100;

/**
 * Ticks of a single option in the classes with the coarsest ones: nickels below three dollars, dimes from there on (Cboe rule 5.4). Finer classes take these
 * prices too; which class is finer is not known here, and what is off its tick is never displayed or turned away.
 */
function ticksPerDollar(price: number): number {
  return Math.abs(price) < 3 ? 20 : 10;
}
