import { normalCdf, normalDensity } from '../normal.ts';

/**
 * The normal distribution and the exponential for inner loops: tables of local Taylor series, no call into the engine's
 * mathematics. Both are generated here from their definitions when the module is loaded.
 * Errors: distribution 4e-16 absolute, its derivative 1e-13 absolute, exponential 4e-15 relative
 * (3e-14 beyond exponents of 100).
 */

export const REACH = 8;
export const CELLS_PER_UNIT = 16;
/** Taylor coefficients a cell: constant to seventh order. */
export const STRIDE = 8;
const CELLS = 2 * REACH * CELLS_PER_UNIT + 1;

function taylorTable(): Float64Array {
  const table = new Float64Array(CELLS * STRIDE);
  for (let cell = 0; cell < CELLS; cell += 1) {
    const centre = cell / CELLS_PER_UNIT - REACH;
    const density = normalDensity(centre);
    // The derivatives of the density are (-1)^n He_n(x) φ(x); He_(n+1) = x He_n - n He_(n-1).
    let before = 0;
    let hermite = 1;
    let factorial = 1;
    table[cell * STRIDE] = normalCdf(centre);
    for (let order = 1; order <= 7; order += 1) {
      factorial *= order;
      table[cell * STRIDE + order] = ((order % 2 === 1 ? 1 : -1) * hermite * density) / factorial;
      const next = centre * hermite - (order - 1) * before;
      before = hermite;
      hermite = next;
    }
  }
  return table;
}

const NORMAL = taylorTable();
/** The table as the vector kernels have it: 0 and 1 at its ends and beyond. */
export const normalTable: Float64Array = Float64Array.from(NORMAL, (value, index) => {
  if (index < STRIDE) return 0;
  if (index < (CELLS - 1) * STRIDE) return value;
  return index === (CELLS - 1) * STRIDE ? 1 : 0;
});

/** Φ(x), absolute error below 1e-15. */
export function tableCdf(x: number): number {
  if (x >= REACH) return 1;
  if (!(x > -REACH)) return 0;
  const cell = (x * CELLS_PER_UNIT + (REACH * CELLS_PER_UNIT + 0.5)) | 0;
  const t = x - (cell * (1 / CELLS_PER_UNIT) - REACH);
  const at = cell * STRIDE;
  return (
    (NORMAL[at] ?? 0) +
    t *
      ((NORMAL[at + 1] ?? 0) +
        t *
          ((NORMAL[at + 2] ?? 0) +
            t *
              ((NORMAL[at + 3] ?? 0) +
                t *
                  ((NORMAL[at + 4] ?? 0) +
                    t * ((NORMAL[at + 5] ?? 0) + t * ((NORMAL[at + 6] ?? 0) + t * (NORMAL[at + 7] ?? 0)))))))
  );
}

/** φ(x) as the derivative of the table's polynomial, absolute error below 1e-13. */
export function tableDensity(x: number): number {
  if (x >= REACH || !(x > -REACH)) return 0;
  const cell = (x * CELLS_PER_UNIT + (REACH * CELLS_PER_UNIT + 0.5)) | 0;
  const t = x - (cell * (1 / CELLS_PER_UNIT) - REACH);
  const at = cell * STRIDE;
  return (
    (NORMAL[at + 1] ?? 0) +
    t *
      (2 * (NORMAL[at + 2] ?? 0) +
        t *
          (3 * (NORMAL[at + 3] ?? 0) +
            t *
              (4 * (NORMAL[at + 4] ?? 0) +
                t * (5 * (NORMAL[at + 5] ?? 0) + t * (6 * (NORMAL[at + 6] ?? 0) + t * 7 * (NORMAL[at + 7] ?? 0))))))
  );
}

/** Where `tableBoth` leaves the density. */
export const DENSITY = new Float64Array(1);

/** Φ(x) as `tableCdf` gives it, with φ(x) left in `DENSITY[0]`: one look-up for both. */
export function tableBoth(x: number): number {
  if (x >= REACH) {
    DENSITY[0] = 0;
    return 1;
  }
  if (!(x > -REACH)) {
    DENSITY[0] = 0;
    return 0;
  }
  const cell = (x * CELLS_PER_UNIT + (REACH * CELLS_PER_UNIT + 0.5)) | 0;
  const t = x - (cell * (1 / CELLS_PER_UNIT) - REACH);
  const at = cell * STRIDE;
  const c1 = NORMAL[at + 1] ?? 0;
  const c2 = NORMAL[at + 2] ?? 0;
  const c3 = NORMAL[at + 3] ?? 0;
  const c4 = NORMAL[at + 4] ?? 0;
  const c5 = NORMAL[at + 5] ?? 0;
  const c6 = NORMAL[at + 6] ?? 0;
  const c7 = NORMAL[at + 7] ?? 0;
  DENSITY[0] = c1 + t * (2 * c2 + t * (3 * c3 + t * (4 * c4 + t * (5 * c5 + t * (6 * c6 + t * 7 * c7)))));
  return (NORMAL[at] ?? 0) + t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * (c5 + t * (c6 + t * c7))))));
}

export const PARTS = 64;
export const PARTS_PER_UNIT = PARTS / Math.LN2;
/** ln 2 / 64 in two parts: the product of a whole number below 2^17 with the first is exact. */
export const STEP_HIGH = Math.fround(Math.LN2 / PARTS);
export const STEP_LOW = Math.LN2 / PARTS - STEP_HIGH;
const FRACTIONS = Float64Array.from({ length: PARTS }, (_, part) => 2 ** (part / PARTS));
/** 2^(part / 64). */
export const exponentialTable: Float64Array = FRACTIONS;
const POWERS = Float64Array.from({ length: 2048 }, (_, exponent) => 2 ** (exponent - 1023));

/** exp(x) for |x| < 700 to 4e-15 relative (3e-14 beyond 100); 0 below and exp(700) above. */
export function tableExp(x: number): number {
  if (!(x > -700)) return 0;
  const bounded = x > 700 ? 700 : x;
  const scaled = bounded * PARTS_PER_UNIT;
  const index = (scaled + 1048576.5) | 0;
  const whole = index - 1048576;
  const t = bounded - whole * STEP_HIGH - whole * STEP_LOW;
  const series = 1 + t * (1 + t * (0.5 + t * (1 / 6 + t * (1 / 24 + t * (1 / 120)))));
  return series * (FRACTIONS[whole & (PARTS - 1)] ?? 0) * (POWERS[(whole >> 6) + 1023] ?? 0);
}
