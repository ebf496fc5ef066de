import { baseNode, type DividendLattice, leastVolatility } from './dividend-lattice.ts';

const MOST_ITERATIONS = 60;
/** Factor by which one Newton step may change a volatility. */
const MOST_STEP = 2;
/** Of the spot, that a lattice volatility may miss its quote by. */
const MOST_MISS = 1e-6;

/**
 * The volatility at which a lattice gives the price, by Newton's method inside a bracket. Not `settled` when none does: dearer than at
 * the lattice's end, cheaper than at its beginning, or at a step of the lattice from one set of nodes to the next; `volatility` is then
 * where that is.
 */
export function latticeVolatility(
  lattice: DividendLattice,
  spot: number,
  strike: number,
  call: boolean,
  price: number,
  guess: number,
): { readonly settled: boolean; readonly volatility: number } {
  const x = Math.log(spot / strike);
  const most = lattice.mostVolatility();
  let low = leastVolatility;
  let high = most;
  let volatility = Math.min(Math.max(guess, Math.min(0.02, 0.5 * most)), 0.95 * most);
  let base = Number.NaN;
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration += 1) {
    const wanted = baseNode(volatility);
    if (wanted !== base) {
      base = wanted;
      lattice.load(call, base, x, strike);
    }
    const miss = lattice.at(spot, strike, call, volatility, base) - price;
    if (miss > 0) high = volatility;
    else low = volatility;
    const step = -miss / lattice.vega(spot, strike, volatility);
    let next = Math.min(Math.max(volatility + step, volatility / MOST_STEP), MOST_STEP * volatility);
    if (!(next > low && next < high)) next = Math.sqrt(low * high);
    const settled = Math.abs(step) < 1e-9 + 1e-9 * volatility || high - low < 1e-10;
    if (settled && Math.abs(miss) < MOST_MISS * spot)
      return { settled: volatility > leastVolatility * 1.01, volatility };
    if (high - low < 1e-10) break;
    volatility = next;
  }
  return { settled: false, volatility: low > 0.99 * most ? most : low };
}
