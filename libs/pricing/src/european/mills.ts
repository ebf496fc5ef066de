/**
 * The Mills ratio of the lower tail, Y(z) = Φ(z) / φ(z), and its slope Y'(z) = 1 + z Y(z), both to full relative accuracy.
 *
 * Y solves Y' = 1 + z Y, so its Taylor coefficients a_n = Y⁽ⁿ⁾(c)/n! obey (n+1) a_{n+1} = a_{n-1} + c a_n with a_1 = 1 + c a_0.
 * For c < 0 all of them are positive (Y⁽ⁿ⁾(c) = ∫₀^∞ uⁿ exp(cu - u²/2) du) and form the minimal solution: running the recurrence
 * downwards (J. C. P. Miller; Gautschi, "Computational Aspects of Three-Term Recurrence Relations", SIAM Review 9, 1967) adds
 * positive terms only, so that every coefficient, hence Y' too, comes out to the last digits without a data file.
 * Nodes lie 1/16 apart; the Taylor polynomial of degree 9 within 1/32 of a node is economised to degree 7 (C. Lanczos, "Applied
 * Analysis", 1956, chapter 7), which leaves less than 7e-17: eight coefficients, one cache line.
 */

/** Arguments from here ... */
const LOWEST = -40;
/** ... to here are served from the tables. */
const HIGHEST = 1;
/** Nodes per unit. */
const DENSITY = 16;
const STRIDE_BITS = 3;
const NODES = (HIGHEST - LOWEST) * DENSITY + 1;
/** Taylor coefficients needed before economising. */
const TAYLOR = 11;
/** Backward recurrences start here: at c = -1 the wanted solution has gained exp(2 sqrt(2n)) = 1e24 on the other one. */
const MILLER_START = 400;

/** Polynomials of Y and Y' about 1, 15/16, ... -40. */
export const valueTable = new Float64Array(NODES << STRIDE_BITS);
export const slopeTable = new Float64Array(NODES << STRIDE_BITS);
fillTables();

function fillTables(): void {
  const row = new Float64Array(MILLER_START + 2);
  for (let node = 0; node < NODES; node += 1) {
    const centre = HIGHEST - node / DENSITY;
    if (centre > -1) forwardCoefficients(centre, row);
    else backwardCoefficients(centre, row);
    valueTable.set(economised(row.subarray(0, 10)), node << STRIDE_BITS);
    slopeTable.set(
      economised(Float64Array.from({ length: 10 }, (_, n) => (n + 1) * (row[n + 1] ?? 0))),
      node << STRIDE_BITS,
    );
  }
}

/** Degree 9 to 7: x⁹ and x⁸, with x = u over half the spacing, are replaced by what T9 and T8 leave of them. */
function economised(coefficients: Float64Array): Float64Array {
  const half = 0.5 / DENSITY;
  const c = coefficients.map((value, n) => value * half ** n);
  const ninth = (c[9] ?? 0) / 256;
  const eighth = (c[8] ?? 0) / 128;
  const shift = [-eighth, -9 * ninth, 32 * eighth, 120 * ninth, -160 * eighth, -432 * ninth, 256 * eighth, 576 * ninth];
  return Float64Array.from(shift, (change, n) => (coefficients[n] ?? 0) + change / half ** n);
}

/** Near zero: the value from the series about zero (a_0 = sqrt(π/2), a_1 = 1), the others upwards. */
function forwardCoefficients(centre: number, row: Float64Array): void {
  const atZero = new Float64Array(60);
  atZero[0] = Math.sqrt(Math.PI / 2);
  atZero[1] = 1;
  for (let n = 1; n < 59; n += 1) atZero[n + 1] = (atZero[n - 1] ?? 0) / (n + 1);
  let value = 0;
  for (let n = 59; n >= 0; n -= 1) value = value * centre + (atZero[n] ?? 0);
  row[0] = value;
  row[1] = 1 + centre * value;
  for (let n = 1; n < TAYLOR; n += 1) row[n + 1] = ((row[n - 1] ?? 0) + centre * (row[n] ?? 0)) / (n + 1);
}

function backwardCoefficients(centre: number, row: Float64Array): void {
  row[MILLER_START + 1] = 0;
  row[MILLER_START] = 1;
  for (let n = MILLER_START; n >= 1; n -= 1) {
    row[n - 1] = (n + 1) * (row[n + 1] ?? 0) - centre * (row[n] ?? 0);
    if ((row[n - 1] ?? 0) > 1e200) for (let m = n - 1; m <= MILLER_START; m += 1) row[m] = (row[m] ?? 0) * 1e-200;
  }
  const scale = 1 / ((row[1] ?? 0) - centre * (row[0] ?? 0));
  for (let n = 0; n < TAYLOR; n += 1) row[n] = (row[n] ?? 0) * scale;
}

/** Adding and subtracting it rounds to an integer. */
const ROUNDER = 6_755_399_441_055_744;
const SPACING = 1 / DENSITY;

/** Y(z) for z <= 1. */
export function mills(z: number): number {
  if (z < LOWEST) return farMills(z);
  const node = z * DENSITY + ROUNDER - ROUNDER;
  const u = z - node * SPACING;
  const at = (HIGHEST * DENSITY - node) << STRIDE_BITS;
  const u2 = u * u;
  return (
    (valueTable[at] ?? 0) +
    u * (valueTable[at + 1] ?? 0) +
    u2 *
      ((valueTable[at + 2] ?? 0) +
        u * (valueTable[at + 3] ?? 0) +
        u2 *
          ((valueTable[at + 4] ?? 0) +
            u * (valueTable[at + 5] ?? 0) +
            u2 * ((valueTable[at + 6] ?? 0) + u * (valueTable[at + 7] ?? 0))))
  );
}

/** Y'(z) = 1 + z Y(z) for z <= 1, without the cancellation that formula has in the tail. */
export function millsSlope(z: number): number {
  if (z < LOWEST) return farMillsSlope(z);
  const node = z * DENSITY + ROUNDER - ROUNDER;
  const u = z - node * SPACING;
  const at = (HIGHEST * DENSITY - node) << STRIDE_BITS;
  const u2 = u * u;
  return (
    (slopeTable[at] ?? 0) +
    u * (slopeTable[at + 1] ?? 0) +
    u2 *
      ((slopeTable[at + 2] ?? 0) +
        u * (slopeTable[at + 3] ?? 0) +
        u2 *
          ((slopeTable[at + 4] ?? 0) +
            u * (slopeTable[at + 5] ?? 0) +
            u2 * ((slopeTable[at + 6] ?? 0) + u * (slopeTable[at + 7] ?? 0))))
  );
}

/** Asymptotic series below the table: Y(z) = -(1/z) Σ (-1)^k (2k-1)!! / z^2k; at -40 the tenth term is below 1e-20. */
function farMills(z: number): number {
  const w = 1 / (z * z);
  let sum = 1;
  for (let k = 9; k >= 1; k -= 1) sum = 1 - (2 * k - 1) * w * sum;
  return -sum / z;
}

/** The same for the slope: Y'(z) = (1/z²) Σ (-1)^k (2k+1)!! / z^2k. */
function farMillsSlope(z: number): number {
  const w = 1 / (z * z);
  let sum = 1;
  for (let k = 9; k >= 1; k -= 1) sum = 1 - (2 * k + 1) * w * sum;
  return w * sum;
}
