/**
 * The Mills ratio of the lower tail, Y(z) = Φ(z) / φ(z), and its slope Y'(z) = 1 + z Y(z), both to full relative accuracy.
 *
 * Y solves Y' = 1 + z Y, so its Taylor coefficients a_n = Y⁽ⁿ⁾(c)/n! obey (n+1) a_{n+1} = a_{n-1} + c a_n with a_1 = 1 + c a_0.
 * For c < 0 all of them are positive (Y⁽ⁿ⁾(c) = ∫₀^∞ uⁿ exp(cu - u²/2) du) and form the minimal solution: running the recurrence
 * downwards (J. C. P. Miller; Gautschi, "Computational Aspects of Three-Term Recurrence Relations", SIAM Review 9, 1967) adds
 * positive terms only, so that every coefficient, hence Y' too, comes out to the last digits without a data file.
 * Nodes lie 1/16 apart; nine coefficients leave a remainder below 3e-17 within 1/32 of a node.
 */

/** Arguments from here ... */
export const MILLS_LOWEST = -40;
/** ... to here are served from the table. */
export const MILLS_HIGHEST = 1;
/** Nodes per unit. */
export const MILLS_DENSITY = 16;
/** Distance between rows of the table: ten coefficients. */
export const MILLS_STRIDE = 10;

const NODES = (MILLS_HIGHEST - MILLS_LOWEST) * MILLS_DENSITY + 1;
/** Backward recurrences start here: at c = -1 the wanted solution has gained exp(2 sqrt(2n)) = 1e24 on the other one. */
const MILLER_START = 400;

/** Taylor coefficients of Y at 1, 15/16, ... -40, ten for each node. */
export const MILLS_TABLE: Float64Array = millsTable();

function millsTable(): Float64Array {
  const table = new Float64Array(NODES * MILLS_STRIDE);
  const row = new Float64Array(MILLER_START + 2);
  for (let node = 0; node < NODES; node += 1) {
    const centre = MILLS_HIGHEST - node / MILLS_DENSITY;
    if (centre > -1) forwardCoefficients(centre, row);
    else backwardCoefficients(centre, row);
    table.set(row.subarray(0, MILLS_STRIDE), node * MILLS_STRIDE);
  }
  return table;
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
  for (let n = 1; n < MILLS_STRIDE; n += 1) row[n + 1] = ((row[n - 1] ?? 0) + centre * (row[n] ?? 0)) / (n + 1);
}

function backwardCoefficients(centre: number, row: Float64Array): void {
  row[MILLER_START + 1] = 0;
  row[MILLER_START] = 1;
  for (let n = MILLER_START; n >= 1; n -= 1) {
    row[n - 1] = (n + 1) * (row[n + 1] ?? 0) - centre * (row[n] ?? 0);
    if ((row[n - 1] ?? 0) > 1e200) for (let m = n - 1; m <= MILLER_START; m += 1) row[m] = (row[m] ?? 0) * 1e-200;
  }
  const scale = 1 / ((row[1] ?? 0) - centre * (row[0] ?? 0));
  for (let n = 0; n < MILLS_STRIDE; n += 1) row[n] = (row[n] ?? 0) * scale;
}

/** Y(z) for z <= 1. */
export function mills(z: number): number {
  if (z < MILLS_LOWEST) return farMills(z);
  const node = ((MILLS_HIGHEST - z) * MILLS_DENSITY + 0.5) | 0;
  const u = z - (MILLS_HIGHEST - node / MILLS_DENSITY);
  const at = node * MILLS_STRIDE;
  const table = MILLS_TABLE;
  const u2 = u * u;
  return (
    (table[at] ?? 0) +
    u *
      ((table[at + 1] ?? 0) +
        u *
          ((table[at + 2] ?? 0) +
            u * (table[at + 3] ?? 0) +
            u2 *
              ((table[at + 4] ?? 0) +
                u * (table[at + 5] ?? 0) +
                u2 * ((table[at + 6] ?? 0) + u * (table[at + 7] ?? 0) + u2 * (table[at + 8] ?? 0)))))
  );
}

/** Y'(z) = 1 + z Y(z) for z <= 1, without the cancellation that formula has in the tail. */
export function millsSlope(z: number): number {
  if (z < MILLS_LOWEST) return farMillsSlope(z);
  const node = ((MILLS_HIGHEST - z) * MILLS_DENSITY + 0.5) | 0;
  const u = z - (MILLS_HIGHEST - node / MILLS_DENSITY);
  const at = node * MILLS_STRIDE;
  const table = MILLS_TABLE;
  const u2 = u * u;
  return (
    (table[at + 1] ?? 0) +
    u *
      (2 * (table[at + 2] ?? 0) +
        u *
          (3 * (table[at + 3] ?? 0) +
            u * (4 * (table[at + 4] ?? 0)) +
            u2 *
              (5 * (table[at + 5] ?? 0) +
                u * (6 * (table[at + 6] ?? 0)) +
                u2 * (7 * (table[at + 7] ?? 0) + u * (8 * (table[at + 8] ?? 0)) + u2 * (9 * (table[at + 9] ?? 0))))))
  );
}

/** Asymptotic series below the table: Y(z) = -(1/z) Σ (-1)^k (2k-1)!! / z^2k; at -40 the tenth term is below 1e-20. */
export function farMills(z: number): number {
  const w = 1 / (z * z);
  let sum = 1;
  for (let k = 9; k >= 1; k -= 1) sum = 1 - (2 * k - 1) * w * sum;
  return -sum / z;
}

/** The same for the slope: Y'(z) = (1/z²) Σ (-1)^k (2k+1)!! / z^2k. */
export function farMillsSlope(z: number): number {
  const w = 1 / (z * z);
  let sum = 1;
  for (let k = 9; k >= 1; k -= 1) sum = 1 - (2 * k + 1) * w * sum;
  return w * sum;
}
