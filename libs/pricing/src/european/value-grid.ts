import { TradingError } from '@trading-agent/core';
import { normalCdf, normalDensity } from '../normal.ts';
import { assertColumns } from './columns.ts';

/** Prices of the underlying that a contract is valued at; one element each per price. */
export interface GridSpots {
  /** Dollars per share, not negative. */
  readonly spot: Float64Array;
  /** Natural logarithms of `spot`: the same for many contracts, so that they are taken once. */
  readonly logSpot: Float64Array;
}

/** Volatilities and times that a contract is valued with at each price; one element each per pair of them. */
export interface GridStates {
  /** Volatility times the root of the years to expiry; zero or less when the outcome is certain. */
  readonly deviation: Float64Array;
  /** What is left of a dollar of the underlying until expiry: exp(-yield years). */
  readonly spotFactor: Float64Array;
  /** The present value of a dollar at expiry: exp(-rate years). */
  readonly strikeFactor: Float64Array;
  /** The logarithm of `spotFactor` over `strikeFactor`: (rate - yield) years. */
  readonly drift: Float64Array;
}

/** Beyond it the distribution is 0 or 1 to the last digit of 1. */
const REACH = 8.5;
/** Nodes per unit; about each the Taylor polynomial of degree 5, off by less than 1e-15. */
const DENSITY = 64;
const SPACING = 1 / DENSITY;
const CENTRE = REACH * DENSITY;
const COEFFICIENTS = 6;
const FACTORIALS = [1, 2, 6, 24, 120];
const table = normalTable();

function normalTable(): Float64Array {
  const coefficients = new Float64Array((2 * CENTRE + 1) * COEFFICIENTS);
  for (let node = 1; node < 2 * CENTRE; node++) {
    const z = (node - CENTRE) * SPACING;
    // Derivatives of the density: the density times Hermite polynomials of alternating sign.
    const hermite = [1, -z, z * z - 1, -z * (z * z - 3), z * z * (z * z - 6) + 3];
    const slopes = hermite.map((polynomial, order) => (normalDensity(z) * polynomial) / (FACTORIALS[order] ?? 1));
    coefficients.set([normalCdf(z), ...slopes], node * COEFFICIENTS);
  }
  coefficients[2 * CENTRE * COEFFICIENTS] = 1;
  return coefficients;
}

/**
 * The European value of one contract at each of the first `spots` prices in each of the first `states`, dollars per share, into `out`, prices running fastest.
 * Made for sums over many positions: the normal distribution comes from a table, absolute errors stay below 1e-14 of spot and strike together, and far out
 * of the money no digit stands (`priceColumns` has them all). Plain arithmetic and the logarithm of JavaScript, so that no bit depends on what a processor
 * can fuse; nothing is allocated per value. What can't be valued (a number that is none, a negative price) is NaN.
 * @throws {TradingError} `INVALID_VALUE` when a column is too short, or the strike is not above zero.
 */
export function valueGrid(
  strike: number,
  call: boolean,
  spots: number,
  at: GridSpots,
  states: number,
  { deviation, spotFactor, strikeFactor, drift }: GridStates,
  out: Float64Array,
): void {
  assertColumns(spots, [at.spot, at.logSpot]);
  assertColumns(states, [deviation, spotFactor, strikeFactor, drift]);
  assertColumns(spots * states, [out]);
  if (!(strike > 0) || !Number.isFinite(strike))
    throw new TradingError('INVALID_VALUE', `Expected a strike above zero, was ${strike}`);
  const logStrike = Math.log(strike);
  for (let state = 0; state < states; state++) {
    const present = strike * (strikeFactor[state] ?? 0);
    const factor = spotFactor[state] ?? 0;
    fillState(
      call ? 1 : -1,
      spots,
      at,
      factor,
      present,
      logStrike - (drift[state] ?? 0),
      deviation[state] ?? 0,
      out,
      state * spots,
    );
  }
}

/** @param logPresent logarithm of the present strike over `factor` */
function fillState(
  sign: 1 | -1,
  spots: number,
  { spot, logSpot }: GridSpots,
  factor: number,
  present: number,
  logPresent: number,
  deviation: number,
  out: Float64Array,
  first: number,
): void {
  const inverse = sign / deviation;
  const half = 0.5 * sign * deviation;
  for (let index = 0; index < spots; index++) {
    const s = factor * (spot[index] ?? 0);
    const beyond = sign * (s - present);
    const certain = beyond > 0 ? beyond : 0;
    if (!(deviation > 0 && s > 0)) {
      // What is no number must not look like an option worth nothing.
      const known = !Number.isNaN(beyond) && ((deviation <= 0 && s >= 0) || s === 0);
      out[first + index] = known ? certain : Number.NaN;
      continue;
    }
    const d = ((logSpot[index] ?? 0) - logPresent) * inverse;
    let z1 = d + half;
    let z2 = d - half;
    z1 = z1 < -REACH ? -REACH : z1 > REACH ? REACH : z1;
    z2 = z2 < -REACH ? -REACH : z2 > REACH ? REACH : z2;
    // Both look-ups stand here in full: of a function called twice one call is not inlined, which doubles the time. Nearest nodes by truncation.
    const node1 = (z1 * DENSITY + (CENTRE + 0.5)) | 0;
    const node2 = (z2 * DENSITY + (CENTRE + 0.5)) | 0;
    const u = z1 - (node1 - CENTRE) * SPACING;
    const v = z2 - (node2 - CENTRE) * SPACING;
    const a = node1 * COEFFICIENTS;
    const b = node2 * COEFFICIENTS;
    const high1 = (table[a + 3] ?? 0) + u * ((table[a + 4] ?? 0) + u * (table[a + 5] ?? 0));
    const high2 = (table[b + 3] ?? 0) + v * ((table[b + 4] ?? 0) + v * (table[b + 5] ?? 0));
    const cdf1 = (table[a] ?? 0) + u * ((table[a + 1] ?? 0) + u * ((table[a + 2] ?? 0) + u * high1));
    const cdf2 = (table[b] ?? 0) + v * ((table[b + 1] ?? 0) + v * ((table[b + 2] ?? 0) + v * high2));
    const value = sign * (s * cdf1 - present * cdf2);
    // Rounding must not take it below what it pays for certain; not Math.max: what is not a number stays so.
    out[first + index] = value < certain ? certain : value;
  }
}
