import {
  butterflyDensity,
  type ExpiryInputs,
  normalCdf,
  optionPrice,
  SurfaceFitter,
  sviTotalVariance,
} from '@trading-agent/pricing';
import type { QuotedSides } from './session-pricer.ts';
import type { View } from './view.ts';

/** Prices of the underlying at one expiry with their probabilities, which sum to 1; by rising price. */
export interface PriceDistribution {
  readonly prices: Float64Array;
  readonly probabilities: Float64Array;
}

const NODES = 121;
/** Standard deviations on each side of the forward. */
const REACH = 5;
/** A probability beyond the grid that is larger is a fault of the fit, a smaller one noise. */
const MOST_TAIL = 0.02;
const LEAST_TAIL = 1e-9;
/** The years a minute of the session is, for a view's horizon: 252 sessions of 390 minutes. */
const MINUTES_PER_YEAR = 252 * 390;
/**
 * How far realised volatility moves the expected variance away from the implied one. Implied volatility forecasts better and a day of minutes
 * is noisy (Christensen and Prabhala, Journal of Financial Economics 50, 1998).
 */
const REALISED_WEIGHT = 0.25;
/**
 * Realised volatility is that of session minutes alone; the night adds about a quarter of that variance (the open-to-close share of daily
 * variance of US stocks is about 0.8: Lockwood and Linn, Journal of Finance 45, 1990, find it between 0.75 and 0.85).
 */
const SESSION_SHARE = 0.8;
/** Expected over implied volatility stays within these. */
const LEAST_RATIO = 0.6;
const MOST_RATIO = 1.5;

/** Fewer quotes take their smile from a shape that has no wings of its own. */
const ENOUGH_QUOTES = 5;
/** Of a quote's. A wing that explodes beyond the quotes is held by it, one that goes on as they do hardly notices. */
const WING_WEIGHT = 0.01;

const fitter = new SurfaceFitter();

/**
 * The risk-neutral distribution of an expiry: the density that the fitted smile implies (Breeden and Litzenberger 1978, in SVI's closed
 * form) on an even grid of log-moneyness, and one point on each side for what lies beyond. `null` when no quote out of the money is usable.
 */
export function marketDistribution(
  quoted: readonly (QuotedSides & { readonly volatility: number })[],
  { years, forward }: Pick<ExpiryInputs, 'years' | 'forward'>,
): PriceDistribution | null {
  const out = quoted.filter(
    ({ contract, volatility }) => volatility > 0 && (contract.right === 'call') === contract.strike >= forward,
  );
  const smile = out.map(({ contract, volatility }) => ({ strike: contract.strike, volatility, weight: 1 }));
  const nearest = out.toSorted(
    (a, b) => Math.abs(a.contract.strike - forward) - Math.abs(b.contract.strike - forward),
  )[0];
  // The grid and a fifth more: the grid's own width is not known before the fit.
  const reach = 1.2 * REACH * (nearest?.volatility ?? 0) * Math.sqrt(years);
  if (out.length >= ENOUGH_QUOTES) smile.push(...wingQuotes(smile, forward, reach));
  const [slice] = fitter.fit(
    [
      {
        years,
        forward,
        strikes: Float64Array.from(smile, ({ strike }) => strike),
        volatilities: Float64Array.from(smile, ({ volatility }) => volatility),
        weights: Float64Array.from(smile, ({ weight }) => weight),
      },
    ],
    { range: { low: -reach, high: reach } },
  ).slices;
  if (slice === undefined) return null;
  const { svi } = slice;
  const deviation = Math.sqrt(Math.max(sviTotalVariance(svi, 0), 1e-8));
  const moneyness = Float64Array.from(
    { length: NODES },
    (_, index) => REACH * deviation * ((2 * index) / (NODES - 1) - 1),
  );
  const step = (2 * REACH * deviation) / (NODES - 1);
  const masses = moneyness.map((k) => {
    const variance = sviTotalVariance(svi, k);
    if (!(variance > 0)) return 0;
    const root = Math.sqrt(variance);
    const d = -k / root - root / 2;
    return (step / Math.sqrt(2 * Math.PI)) * Math.max(0, butterflyDensity(svi, k)) * (Math.exp(-0.5 * d * d) / root);
  });
  const variance = (k: number): number => sviTotalVariance(svi, k);
  const edge = REACH * deviation + step / 2;
  const [below, above] = [tail(variance, -edge, 'put'), tail(variance, edge, 'call')];
  return normalised(
    Float64Array.of(below.moneyness, ...moneyness, above.moneyness),
    Float64Array.of(below.mass, ...masses, above.mass),
    forward,
  );
}

/** Of log-moneyness, for the differences that a distribution function is. */
const TAIL_STEP = 1e-4;

/**
 * All that lies beyond the grid, in one point: its probability is the slope of the option's price at the edge, its mean what the price says. A steep smile has
 * more there than a normal distribution, and options far out of the money are worth little else.
 */
function tail(
  variance: (moneyness: number) => number,
  edge: number,
  right: 'call' | 'put',
): { readonly moneyness: number; readonly mass: number } {
  const none = { moneyness: edge, mass: 0 };
  const priceAt = (moneyness: number): number => {
    const volatility = Math.sqrt(Math.max(0, variance(moneyness)));
    return optionPrice({ spot: 1, strike: Math.exp(moneyness), years: 1, rate: 0, yield: 0, right, volatility });
  };
  const strike = Math.exp(edge);
  const rise = priceAt(edge + TAIL_STEP) - priceAt(edge - TAIL_STEP);
  // An option's value falls away from the money; where it does not the wing is no distribution.
  const mass = Math.abs(rise) / (2 * strike * Math.sinh(TAIL_STEP));
  const excess = priceAt(edge) / mass;
  const mean = right === 'call' ? strike + excess : strike - excess;
  const falls = right === 'call' ? rise < 0 : rise > 0;
  return falls && mass > LEAST_TAIL && mass < MOST_TAIL && mean > 0 ? { moneyness: Math.log(mean), mass } : none;
}

interface SmileQuote {
  readonly strike: number;
  readonly volatility: number;
  readonly weight: number;
}

/**
 * The outermost volatilities once more at the ends of the grid, where nothing is quoted. A handful of quotes on one side of the smile is met as
 * well by a curve whose other wing rises without a bound right behind the last of them, and the density has all its mass there.
 */
function wingQuotes(smile: readonly SmileQuote[], forward: number, reach: number): SmileQuote[] {
  const byStrike = smile.toSorted((a, b) => a.strike - b.strike);
  return [
    { end: byStrike[0], strike: forward * Math.exp(-reach) },
    { end: byStrike.at(-1), strike: forward * Math.exp(reach) },
  ].flatMap(({ end, strike }) =>
    end === undefined || Math.abs(Math.log(end.strike / forward)) >= reach
      ? []
      : [{ strike, volatility: end.volatility, weight: WING_WEIGHT }],
  );
}

/**
 * The distribution that the model believes in: the market's, its width moved a quarter of the way from implied to realised variance, its mean moved by
 * what the view's probability means over its horizon (a normal return whose chance to be positive is that probability).
 */
export function viewDistribution(
  market: PriceDistribution,
  view: Pick<View, 'probabilityUp' | 'horizonMinutes' | 'impliedVolatility' | 'realisedVolatility'>,
  { years, forward }: Pick<ExpiryInputs, 'years' | 'forward'>,
): PriceDistribution {
  const { impliedVolatility: implied, realisedVolatility: realised } = view;
  const known = implied !== null && implied > 0 && realised !== null && realised > 0;
  const expected = known
    ? Math.sqrt((1 - REALISED_WEIGHT) * implied ** 2 + (REALISED_WEIGHT * realised ** 2) / SESSION_SHARE)
    : 0;
  const ratio = known ? Math.min(MOST_RATIO, Math.max(LEAST_RATIO, expected / implied)) : 1;
  const horizon = Math.min(years, view.horizonMinutes / MINUTES_PER_YEAR);
  const drift = (implied ?? 0) * ratio * Math.sqrt(horizon) * normalQuantile(view.probabilityUp);
  const scaled = market.prices.map((price) => Math.log(price / forward) * ratio);
  let growth = 0;
  for (let index = 0; index < scaled.length; index++)
    growth += (market.probabilities[index] ?? 0) * Math.exp(scaled[index] ?? 0);
  const shift = forward * (Math.exp(drift) / growth);
  return { prices: scaled.map((x) => shift * Math.exp(x)), probabilities: market.probabilities };
}

function normalised(moneyness: Float64Array, masses: Float64Array, forward: number): PriceDistribution | null {
  const total = masses.reduce((sum, value) => sum + value, 0);
  if (!(total > 0) || !Number.isFinite(total)) return null;
  const probabilities = masses.map((value) => value / total);
  // The grid's own mean is put onto the forward: a martingale to the last digit.
  let growth = 0;
  for (let index = 0; index < moneyness.length; index++)
    growth += (probabilities[index] ?? 0) * Math.exp(moneyness[index] ?? 0);
  return { prices: moneyness.map((k) => (forward * Math.exp(k)) / growth), probabilities };
}

/** Inverse of the standard normal distribution function by bisection: exact to 1e-12 where probabilities are within (0.001, 0.999). */
function normalQuantile(probability: number): number {
  let low = -8;
  let high = 8;
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
