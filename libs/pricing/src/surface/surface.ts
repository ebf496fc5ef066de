import { type Examined, butterflyMinimum, calendarMinimum, hasButterfly, hasCalendar } from './arbitrage.ts';
import { CALENDAR_ALLOWED, PRIORS, overlap, repairButterfly, repairCalendar, surfaceTargets } from './repair.ts';
import { type SsviShape, fitSsviShape, fitTheta, ssviAsSvi, ssviSlice } from './ssvi.ts';
import { type SmilePoints, SviFitter } from './svi-fit.ts';
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
  /**
   * Log-moneyness between which arbitrage is looked for. Default: where an expiry has quotes and a fifth further out; for two expiries
   * where both have them (beyond, one of the two curves is an extrapolation that nobody quotes).
   */
  readonly range?: Examined;
}

const BEYOND = 0.2;

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
    const repair = options.repair ?? true;
    const known: Known[] = smiles
      .filter(({ years, forward }) => years > 0 && forward > 0 && Number.isFinite(years + forward))
      .map((smile) => ({ smile, points: smilePoints(smile) }))
      .filter(({ points }) => points.count > 0)
      .toSorted((one, other) => one.smile.years - other.smile.years)
      .map(({ smile, points }) => {
        return { smile, points, fitted: this.#fitter.fit(points), range: options.range ?? quotedRange(points) };
      });
    const thin = known.some(({ fitted }) => fitted === undefined);
    const shape = thin ? shapeOf(known) : undefined;
    const slices = known.map((one) => ({
      ...one,
      svi: one.fitted ?? thinSlice(one.points, shape ?? shapeOf(known)),
    }));
    const findings = slices.flatMap((slice, index) => butterflyFinding(slice, index));
    const bent = new Set(findings.map(({ index }) => index));
    const common = shape ?? (repair && findings.length > 0 ? shapeOf(known) : undefined);
    const targets = common === undefined ? [] : surfaceTargets(slices, common);
    const single = slices.map((slice, index) =>
      repair && bent.has(index) ? { ...slice, svi: this.#unbend(slice, targets[index]) } : slice,
    );
    findings.push(...single.flatMap((slice, index) => calendarFinding(single[index - 1], slice, index)));
    const crossing = findings.some(({ kind }) => kind === 'calendar');
    const final =
      repair && crossing
        ? repairCalendar(single, common ?? shapeOf(known), (index, towards, share) => {
            const slice = slices[index];
            return slice === undefined ? undefined : this.#refit(slice, towards, share);
          })
        : single.map(({ svi }) => svi);
    return {
      slices: slices.map(({ smile: { years, forward }, points, fitted, svi: first }, index) => {
        const svi = final[index] ?? first;
        const origin = svi === first ? (fitted === undefined ? 'ssvi' : 'svi') : 'repaired';
        return { years, forward, svi, origin, points: points.count, error: volatilityError(points, svi, years) };
      }),
      findings: findings.map(({ index, ...finding }) => ({
        ...finding,
        repaired: repair && isFree(slices, final, index),
      })),
    };
  }

  /** The first refit without butterfly arbitrage, or the repair of the slice by itself. */
  #unbend(slice: Slice, target: SviParameters | undefined): SviParameters {
    for (const share of target === undefined ? [] : PRIORS) {
      const again = target === undefined ? undefined : this.#refit(slice, target, share);
      if (again !== undefined && !hasButterfly(again, slice.range, 0)) return again;
    }
    return repairButterfly(slice.svi, slice.range);
  }

  /** The slice's quotes once more, joined by points of the curve `towards` all over the range. */
  #refit({ points, range }: Slice, towards: SviParameters, share: number): SviParameters | undefined {
    const count = points.count + PRIOR_POINTS;
    const logMoneyness = new Float64Array(count);
    const totalVariances = new Float64Array(count);
    const weights = new Float64Array(count);
    let total = 0;
    for (let i = 0; i < points.count; i += 1) {
      logMoneyness[i] = points.logMoneyness[i] ?? 0;
      totalVariances[i] = points.totalVariances[i] ?? 0;
      weights[i] = points.weights[i] ?? 0;
      total += weights[i] ?? 0;
    }
    for (let i = 0; i < PRIOR_POINTS; i += 1) {
      const k = range.low + ((range.high - range.low) * i) / (PRIOR_POINTS - 1);
      logMoneyness[points.count + i] = k;
      totalVariances[points.count + i] = sviTotalVariance(towards, k);
      weights[points.count + i] = (share * total) / PRIOR_POINTS;
    }
    return this.#fitter.fit({ logMoneyness, totalVariances, weights, count });
  }
}

const PRIOR_POINTS = 13;

/** With what the total variance gains per volatility, which a weight was divided by the square of. */
interface QuotedPoints extends SmilePoints {
  readonly slopes: Float64Array;
}

interface Known {
  readonly smile: ExpirySmile;
  readonly points: QuotedPoints;
  readonly fitted: SviParameters | undefined;
  readonly range: Examined;
}
type Slice = Known & { readonly svi: SviParameters };

function thinSlice(points: SmilePoints, shape: SsviShape): SviParameters {
  return ssviAsSvi(ssviSlice(shape, fitTheta(points, shape)));
}

/** The common shape by nine points of each fitted smile within its quotes, and by the quotes of the thin ones. */
function shapeOf(known: readonly Known[]): SsviShape {
  return fitSsviShape(
    known.map(({ points, fitted, range }) => {
      if (fitted === undefined) return { points };
      const theta = sviTotalVariance(fitted, 0);
      const scale = Math.sqrt(theta);
      const low = Math.max(range.low, -2 * scale);
      const width = Math.min(range.high, 2 * scale) - low;
      const logMoneyness = Float64Array.from({ length: 9 }, (_, i) => low + (width * i) / 8);
      return {
        theta,
        points: {
          logMoneyness,
          totalVariances: logMoneyness.map((k) => sviTotalVariance(fitted, k)),
          weights: new Float64Array(9).fill(1),
          count: 9,
        },
      };
    }),
  );
}

/** `index` of the slice. */
type Finding = Omit<ArbitrageFinding, 'repaired'> & { readonly index: number };

function butterflyFinding({ smile: { years }, svi, range }: Slice, index: number): Finding[] {
  if (!hasButterfly(svi, range, BUTTERFLY_ALLOWED)) return [];
  return [{ kind: 'butterfly', index, years, ...butterflyMinimum(svi, range) }];
}

function calendarFinding(before: Slice | undefined, { smile: { years }, svi, range }: Slice, index: number): Finding[] {
  if (before === undefined) return [];
  const both = overlap(before.range, range);
  if (!hasCalendar(before.svi, svi, both, CALENDAR_ALLOWED)) return [];
  return [{ kind: 'calendar', index, years, ...calendarMinimum(before.svi, svi, both) }];
}

function isFree(slices: readonly Slice[], final: readonly SviParameters[], index: number): boolean {
  const slice = slices[index];
  const svi = final[index];
  const before = slices[index - 1];
  const earlier = final[index - 1];
  if (slice === undefined || svi === undefined || hasButterfly(svi, slice.range, BUTTERFLY_ALLOWED)) return false;
  if (before === undefined || earlier === undefined) return true;
  return !hasCalendar(earlier, svi, overlap(before.range, slice.range), CALENDAR_ALLOWED);
}

function quotedRange(points: SmilePoints): Examined {
  let low = 0;
  let high = 0;
  for (let i = 0; i < points.count; i += 1) {
    const k: number = points.logMoneyness[i] ?? 0;
    if (k < low) low = k;
    if (k > high) high = k;
  }
  const more = BEYOND * (high - low) + 0.01;
  return { low: low - more, high: high + more };
}

/** Of the median: a volatility below is taken for a bad quote, and counts no more than one there. */
const LEAST_VOLATILITY = 0.25;

/**
 * Usable quotes as total variances; a weight of a volatility becomes one of a total variance by dw = 2 σ T dσ. That would let a volatility near 0
 * outweigh all others together, though the curve is far from it: the slope is at least that at a quarter of the median volatility.
 */
function smilePoints(smile: ExpirySmile): QuotedPoints {
  const { strikes, volatilities, weights, forward, years } = smile;
  const logMoneyness = new Float64Array(strikes.length);
  const totalVariances = new Float64Array(strikes.length);
  const used = new Float64Array(strikes.length);
  const slopes = new Float64Array(strikes.length);
  const least = LEAST_VOLATILITY * median(volatilities);
  let count = 0;
  let most = 0;
  for (let i = 0; i < strikes.length; i += 1) {
    const volatility: number = volatilities[i] ?? 0;
    const weight: number = weights === undefined ? 1 : (weights[i] ?? 0);
    const moneyness = Math.log((strikes[i] ?? 0) / forward);
    const variance = volatility * volatility * years;
    const slope = 2 * Math.max(volatility, least) * years;
    const scaled = weight / (slope * slope);
    if (!(volatility > 0 && variance > 0 && scaled > 0 && Number.isFinite(moneyness + variance + scaled))) continue;
    logMoneyness[count] = moneyness;
    totalVariances[count] = variance;
    slopes[count] = slope;
    used[count] = scaled;
    if (scaled > most) most = scaled;
    count += 1;
  }
  for (let i = 0; i < count; i += 1) used[i] = (used[i] ?? 0) / most;
  return { logMoneyness, totalVariances, weights: used, slopes, count };
}

/** Of what is positive and finite; 0 without any. */
function median(values: Float64Array): number {
  const usable = values.filter((value) => value > 0 && Number.isFinite(value)).sort();
  return usable[usable.length >> 1] ?? 0;
}

/** In volatility, weighted as the quotes are. */
function volatilityError(points: QuotedPoints, svi: SviParameters, years: number): number {
  let sum = 0;
  let weights = 0;
  for (let i = 0; i < points.count; i += 1) {
    const w: number = points.totalVariances[i] ?? 0;
    const model = Math.max(sviTotalVariance(svi, points.logMoneyness[i] ?? 0), 0);
    const slope: number = points.slopes[i] ?? 0;
    const weight = (points.weights[i] ?? 0) * slope * slope;
    const distance = (Math.sqrt(model) - Math.sqrt(w)) / Math.sqrt(years);
    sum += weight * distance * distance;
    weights += weight;
  }
  return weights > 0 ? Math.sqrt(sum / weights) : 0;
}
