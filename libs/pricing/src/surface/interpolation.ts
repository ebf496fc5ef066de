import { normalCdf } from '../normal.ts';
import { sviTotalVariance } from './svi.ts';
import type { VolatilitySurface } from './surface.ts';

/**
 * Total variance at log-moneyness `k` and any time. Between two expiries linear in time at equal log-forward-moneyness, which keeps a
 * surface without calendar arbitrage free of it (Gatheral and Jacquier, lemma 2.1); before the first and after the last expiry at that
 * expiry's volatility. Undefined when the surface is empty or `years` isn't positive.
 */
export function surfaceTotalVariance(surface: VolatilitySurface, k: number, years: number): number | undefined {
  const { slices } = surface;
  const first = slices[0];
  const last = slices.at(-1);
  if (first === undefined || last === undefined || !(years > 0) || Number.isNaN(k)) return undefined;
  if (years <= first.years) return (sviTotalVariance(first.svi, k) * years) / first.years;
  if (years >= last.years) return (sviTotalVariance(last.svi, k) * years) / last.years;
  let before = first;
  for (const after of slices) {
    if (after.years >= years) {
      const share = (years - before.years) / (after.years - before.years);
      const early = sviTotalVariance(before.svi, k);
      return early + share * (sviTotalVariance(after.svi, k) - early);
    }
    before = after;
  }
  return undefined;
}

/** Implied volatility at log-moneyness `k` = ln(strike / forward); undefined when the surface is empty or `years` isn't positive. */
export function surfaceVolatility(surface: VolatilitySurface, k: number, years: number): number | undefined {
  const w = surfaceTotalVariance(surface, k, years);
  return w === undefined ? undefined : Math.sqrt(Math.max(w, 0) / years);
}

export interface DeltaPoint {
  /** ln(strike / forward). */
  readonly logMoneyness: number;
  readonly volatility: number;
}

const WIDEST = 6;

/**
 * The point of the smile where a call's forward delta N(d1) is `callDelta` (a put of delta -0.25 is a call of 0.75), by bisection:
 * N(d1) falls with the strike on a smile without butterfly arbitrage. Undefined when no strike has that delta.
 */
export function volatilityAtDelta(
  surface: VolatilitySurface,
  callDelta: number,
  years: number,
): DeltaPoint | undefined {
  if (!(callDelta > 0 && callDelta < 1)) return undefined;
  const deltaAt = (k: number): number => {
    const s = Math.sqrt(Math.max(surfaceTotalVariance(surface, k, years) ?? Number.NaN, 0));
    return normalCdf(-k / s + 0.5 * s);
  };
  const scale = surfaceVolatility(surface, 0, years);
  if (scale === undefined || !(scale > 0)) return undefined;
  let low = -WIDEST * Math.max(1, scale * Math.sqrt(years));
  let high = -low;
  if (!(deltaAt(low) >= callDelta && deltaAt(high) <= callDelta)) return undefined;
  for (let step = 0; step < 60 && high - low > 1e-13; step += 1) {
    const middle = 0.5 * (low + high);
    if (deltaAt(middle) > callDelta) low = middle;
    else high = middle;
  }
  const logMoneyness = 0.5 * (low + high);
  const volatility = surfaceVolatility(surface, logMoneyness, years);
  return volatility === undefined ? undefined : { logMoneyness, volatility };
}
