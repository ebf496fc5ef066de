import { EXAMINED, butterflyMinimum, calendarMinimum, hasButterfly, hasCalendar } from './arbitrage.ts';
import { repairButterfly, repairCalendar } from './repair.ts';
import { fitSsviShape, fitTheta, ssviAsSvi, ssviSlice } from './ssvi.ts';
import { FEWEST_SVI_POINTS, type SmilePoints, SviFitter } from './svi-fit.ts';
import { type SviParameters, sviTotalVariance } from './svi.ts';

/** One expiry's implied volatilities; arrays of one length, in any order. */
export interface ExpirySmile {
  /** Years to expiry, greater than 0. */
  readonly years: number;
  /** Forward price at expiry, dollars per share. */
  readonly forward: number;
  readonly strikes: Float64Array;
  /** Decimal; what is not positive and finite is no quote. */
  readonly volatilities: Float64Array;
  /** One over the squared uncertainty of each volatility (`quoteWeight`); equal weights without it. Zero leaves a quote out. */
  readonly weights?: Float64Array;
}

export interface SurfaceSlice {
  readonly years: number;
  readonly forward: number;
  readonly svi: SviParameters;
  /** `svi`: fitted; `ssvi`: too few quotes of its own, shaped by the other expiries; `repaired`: fitted, then freed of arbitrage. */
  readonly origin: 'svi' | 'ssvi' | 'repaired';
  /** Quotes that were used. */
  readonly points: number;
  /** Weighted root mean square distance of the used quotes, in volatility. */
  readonly error: number;
}

export interface ArbitrageFinding {
  readonly kind: 'butterfly' | 'calendar';
  /** Of the slice (calendar: of the later one). */
  readonly years: number;
  /** Log-moneyness where the condition is broken most. */
  readonly at: number;
  /** Butterfly: g(k); calendar: difference of total variance. Below zero. */
  readonly value: number;
  readonly repaired: boolean;
}

export interface VolatilitySurface {
  /** By time; expiries without a usable quote are left out. */
  readonly slices: readonly SurfaceSlice[];
  readonly findings: readonly ArbitrageFinding[];
}

export interface SurfaceOptions {
  /** Flag only, or flag and repair (default). */
  readonly repair?: boolean;
  /** Log-moneyness up to which arbitrage is looked for. */
  readonly reach?: number;
}

/** Total variance by which a slice may lie below the one before it: rounding of the fit. */
const CALENDAR_ALLOWED = 1e-10;
const BUTTERFLY_ALLOWED = -1e-9;

/**
 * Weight of one quote in a fit: one over the squared uncertainty of its volatility, which is the spread divided by vega.
 * @param vega per 0.01 of volatility, as the greeks give it
 * @param spread ask - bid in dollars; a locked market counts as a spread of one cent
 */
export function quoteWeight(vega: number, spread: number): number {
  const uncertainty = Math.max(spread, 0.01) / (100 * vega);
  return vega > 0 && uncertainty > 0 && Number.isFinite(uncertainty) ? 1 / (uncertainty * uncertainty) : 0;
}

/** Fits surfaces; keeps its scratch memory from one to the next. */
export class SurfaceFitter {
  readonly #fitter = new SviFitter();

  /** A slice per expiry, checked for butterfly and calendar arbitrage and (unless told otherwise) freed of it. Never throws. */
  fit(smiles: readonly ExpirySmile[], options: SurfaceOptions = {}): VolatilitySurface {
    const reach = options.reach ?? EXAMINED;
    const repair = options.repair ?? true;
    const known = smiles
      .filter((smile) => smile.years > 0 && smile.forward > 0)
      .map((smile) => ({ smile, points: smilePoints(smile) }))
      .filter(({ points }) => points.count > 0)
      .toSorted((one, other) => one.smile.years - other.smile.years);
    const findings: ArbitrageFinding[] = [];
    const slices: SurfaceSlice[] = [];
    let shape: ReturnType<typeof fitSsviShape> | undefined;
    let before: SviParameters | undefined;
    for (const { smile, points } of known) {
      const { years, forward } = smile;
      let svi = points.count >= FEWEST_SVI_POINTS ? this.#fitter.fit(points) : undefined;
      let origin: SurfaceSlice['origin'] = 'svi';
      if (svi === undefined) {
        shape ??= fitSsviShape(known.map((one) => one.points));
        svi = ssviAsSvi(ssviSlice(shape, fitTheta(points, shape)));
        origin = 'ssvi';
      }
      if (hasButterfly(svi, reach, BUTTERFLY_ALLOWED)) {
        const { at, value } = butterflyMinimum(svi, reach);
        const fixed = repair ? repairButterfly(svi, reach) : svi;
        findings.push({ kind: 'butterfly', years, at, value, repaired: !hasButterfly(fixed, reach, 0) });
        if (repair) origin = 'repaired';
        svi = fixed;
      }
      if (before !== undefined && hasCalendar(before, svi, reach, CALENDAR_ALLOWED)) {
        const { at, value } = calendarMinimum(before, svi, reach);
        const fixed = repair ? repairCalendar(before, svi, reach) : svi;
        const repaired = !hasCalendar(before, fixed, reach, CALENDAR_ALLOWED) && !hasButterfly(fixed, reach, 0);
        findings.push({ kind: 'calendar', years, at, value, repaired });
        if (repair) origin = 'repaired';
        svi = fixed;
      }
      slices.push({ years, forward, svi, origin, points: points.count, error: volatilityError(points, svi, years) });
      before = svi;
    }
    return { slices, findings };
  }
}

/** Usable quotes as total variances; a weight of a volatility becomes one of a total variance by dw = 2 σ T dσ. */
function smilePoints(smile: ExpirySmile): SmilePoints {
  const { strikes, volatilities, weights, forward, years } = smile;
  const logMoneyness = new Float64Array(strikes.length);
  const totalVariances = new Float64Array(strikes.length);
  const used = new Float64Array(strikes.length);
  let count = 0;
  let most = 0;
  for (let i = 0; i < strikes.length; i += 1) {
    const strike: number = strikes[i] ?? 0;
    const volatility: number = volatilities[i] ?? 0;
    const weight: number = weights === undefined ? 1 : (weights[i] ?? 0);
    if (!(strike > 0 && volatility > 0 && weight > 0 && Number.isFinite(volatility * weight * strike))) continue;
    const slope = 2 * volatility * years;
    logMoneyness[count] = Math.log(strike / forward);
    totalVariances[count] = volatility * volatility * years;
    const scaled = weight / (slope * slope);
    used[count] = scaled;
    if (scaled > most) most = scaled;
    count += 1;
  }
  for (let i = 0; i < count; i += 1) used[i] = (used[i] ?? 0) / most;
  return { logMoneyness, totalVariances, weights: used, count };
}

function volatilityError(points: SmilePoints, svi: SviParameters, years: number): number {
  let sum = 0;
  let weights = 0;
  for (let i = 0; i < points.count; i += 1) {
    const w: number = points.totalVariances[i] ?? 0;
    const model = Math.max(sviTotalVariance(svi, points.logMoneyness[i] ?? 0), 0);
    const weight = (points.weights[i] ?? 0) * 4 * w * years;
    const distance = (Math.sqrt(model) - Math.sqrt(w)) / Math.sqrt(years);
    sum += weight * distance * distance;
    weights += weight;
  }
  return weights > 0 ? Math.sqrt(sum / weights) : 0;
}
