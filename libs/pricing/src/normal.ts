/**
 * The normal distribution to full double accuracy, from the error function's complement.
 * Rational approximations: W. J. Cody, "Rational Chebyshev Approximations for the Error Function",
 * Mathematics of Computation 23 (1969), 631-637; relative error below 6e-16 in each of its three intervals.
 */

const SQRT_HALF = Math.SQRT1_2;
const INVERSE_SQRT_PI = 0.5641895835477563;
const INVERSE_SQRT_TWO_PI = 0.3989422804014327;

/** erf(x) for |x| <= 0.46875. */
function erfSmall(x: number): number {
  const z = x * x;
  const numerator =
    (((0.18577770618460315 * z + 3.1611237438705655) * z + 113.86415415105016) * z + 377.485237685302) * z +
    3209.3775891384694;
  const denominator =
    (((z + 23.601290952344122) * z + 244.02463793444417) * z + 1282.6165260773723) * z + 2844.236833439171;
  return (x * numerator) / denominator;
}

/** exp(x²) erfc(x) for 0.46875 < x <= 4. */
function scaledMiddle(x: number): number {
  const numerator =
    (((((((2.1531153547440383e-8 * x + 0.5641884969886701) * x + 8.883149794388377) * x + 66.11919063714163) * x +
      298.6351381974001) *
      x +
      881.952221241769) *
      x +
      1712.0476126340707) *
      x +
      2051.0783778260716) *
      x +
    1230.3393547979972;
  const denominator =
    (((((((x + 15.744926110709835) * x + 117.6939508913125) * x + 537.1811018620099) * x + 1621.3895745666903) * x +
      3290.7992357334597) *
      x +
      4362.619090143247) *
      x +
      3439.3676741437216) *
      x +
    1230.3393548037493;
  return numerator / denominator;
}

/** exp(x²) erfc(x) for x > 4. */
function scaledLarge(x: number): number {
  const z = 1 / (x * x);
  const numerator =
    ((((0.016315387137302097 * z + 0.30532663496123236) * z + 0.36034489994980445) * z + 0.12578172611122926) * z +
      0.01608378514874228) *
      z +
    0.0006587491615298378;
  const denominator =
    ((((z + 2.568520192289822) * z + 1.8729528499234671) * z + 0.5279051029514285) * z + 0.06051834131244132) * z +
    0.0023352049762686918;
  return (INVERSE_SQRT_PI - (z * numerator) / denominator) / x;
}

/** exp(-x²) with the square split into an exactly representable part and a remainder, so that no accuracy is lost for large x. */
function expMinusSquare(x: number): number {
  const head = Math.trunc(x * 16) / 16;
  return Math.exp(-head * head) * Math.exp((head - x) * (x + head));
}

/** Error function. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size <= 0.46875) return erfSmall(x);
  const value = 1 - erfc(size);
  return x < 0 ? -value : value;
}

/** Complementary error function, `1 - erf(x)`, without cancellation for large x. */
export function erfc(x: number): number {
  const size = Math.abs(x);
  if (size <= 0.46875) return 1 - erfSmall(x);
  const upper = size > 27 ? 0 : expMinusSquare(size) * (size <= 4 ? scaledMiddle(size) : scaledLarge(size));
  return x < 0 ? 2 - upper : upper;
}

/** Standard normal density. */
export function normalDensity(x: number): number {
  return INVERSE_SQRT_TWO_PI * Math.exp(-0.5 * x * x);
}

/** Standard normal distribution function, with full relative accuracy in the lower tail. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x * SQRT_HALF);
}
