/**
 * Exponential, logarithm and normal distribution of additions, multiplications, divisions and square roots only. IEEE 754 fixes the last
 * bit of those; it does not fix `Math.exp` or `Math.log`, whose last digits differ between processors and versions. What decides a byte of
 * a synthetic market goes through here, so that the market is the same on every machine.
 */

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);
double[0] = 1;
/** Where the sign and exponent of a double lie: the second word on little-endian machines. */
const HIGH = words[1] === 0x3ff00000 ? 1 : 0;

/** ln 2 in two parts: the first has trailing zeros, so that a small whole number times it is exact. */
const LN2_HIGH = 0.693_147_180_369_123_8;
const LN2_LOW = 1.908_214_929_270_587_7e-10;
const LOG2E = 1.442_695_040_888_963_4;
const SMALLEST_EXPONENT = -1022;

/** 2^k for -1022 <= k <= 1023. */
const POWERS = new Float64Array(2046);
for (let k = 0, down = 1, up = 1; k <= 1023; k += 1) {
  POWERS[k - SMALLEST_EXPONENT] = up;
  if (k <= -SMALLEST_EXPONENT) POWERS[-k - SMALLEST_EXPONENT] = down;
  up *= 2;
  down /= 2;
}

/** 1/n! for the Taylor series on |x| <= ln 2 / 2, highest first: the first term left out is below 5e-18. */
const INVERSE_FACTORIALS = Float64Array.from({ length: 14 }, (_, index) => {
  let value = 1;
  for (let n = 2; n <= 13 - index; n += 1) value /= n;
  return value;
});

/** e^x within 2e-16 relative; 0 below -708. */
export function exp(x: number): number {
  if (x < -708) return 0;
  if (x > 709) return Number.POSITIVE_INFINITY;
  const k = Math.floor(x * LOG2E + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 0;
  for (let i = 0; i < 14; i += 1) sum = sum * r + (INVERSE_FACTORIALS[i] ?? 0);
  return sum * (POWERS[k - SMALLEST_EXPONENT] ?? 0);
}

/** 1/23, 1/21, ... 1/3. */
const INVERSE_ODDS = Float64Array.from({ length: 11 }, (_, index) => 1 / (23 - 2 * index));

/** Natural logarithm of a positive normal double within 3e-16 (absolute near 1, else relative). */
export function ln(x: number): number {
  double[0] = x;
  const high = words[HIGH] ?? 0;
  let k = (high >>> 20) - 1023;
  words[HIGH] = (high & 0xfffff) | 0x3ff00000;
  let m = double[0] ?? 1;
  if (m > 1.414_213_562_373_095) {
    m *= 0.5;
    k += 1;
  }
  // ln m = 2 artanh s; |s| <= 0.1716, so that s^23 / 23 is below 1e-18.
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let sum = 0;
  for (let i = 0; i < 11; i += 1) sum = (sum + (INVERSE_ODDS[i] ?? 0)) * z;
  return k * LN2_HIGH + (2 * s + (2 * s * sum + k * LN2_LOW));
}

/**
 * Standard normal distribution function, absolute error below 1e-15: J. F. Hart's rational approximation, as G. West, "Better
 * approximations to cumulative normal functions" (Wilmott, 2005), gives it.
 */
export function normalCdf(x: number): number {
  const a = x < 0 ? -x : x;
  if (a > 37) return x > 0 ? 1 : 0;
  const e = exp(-0.5 * a * a);
  let tail: number;
  if (a < 7.071_067_811_865_47) {
    let up = 3.526_249_659_989_11e-2 * a + 0.700_383_064_443_688;
    up = up * a + 6.373_962_203_531_65;
    up = up * a + 33.912_866_078_383;
    up = up * a + 112.079_291_497_871;
    up = up * a + 221.213_596_169_931;
    up = up * a + 220.206_867_912_376;
    let down = 8.838_834_764_831_84e-2 * a + 1.755_667_163_182_64;
    down = down * a + 16.064_177_579_207;
    down = down * a + 86.780_732_202_946_1;
    down = down * a + 296.564_248_779_674;
    down = down * a + 637.333_633_378_831;
    down = down * a + 793.826_512_519_948;
    down = down * a + 440.413_735_824_752;
    tail = (e * up) / down;
  } else {
    tail = e / ((a + 1 / (a + 2 / (a + 3 / (a + 4 / (a + 0.65))))) * 2.506_628_274_631);
  }
  return x > 0 ? 1 - tail : tail;
}

/**
 * The x below which a standard normal falls with probability p, 0 < p < 1, within 1e-15 relative: M. J. Wichura, algorithm AS 241
 * (PPND16), Applied Statistics 37, 1988.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (q <= 0.425 && q >= -0.425) {
    const r = 0.180625 - q * q;
    return (
      (q *
        (((((((2509.0809287301227 * r + 33430.575_583_588_13) * r + 67265.770_927_008_7) * r + 45921.953_931_549_87) *
          r +
          13731.693_765_509_46) *
          r +
          1971.590_950_306_551_3) *
          r +
          133.141_667_891_784_38) *
          r +
          3.387_132_872_796_366_5)) /
      (((((((5226.495_278_852_545 * r + 28729.085_735_721_943) * r + 39307.895_800_092_71) * r +
        21213.794_301_586_597) *
        r +
        5394.196_021_424_751) *
        r +
        687.187_007_492_057_9) *
        r +
        42.313_330_701_600_91) *
        r +
        1)
    );
  }
  let r = Math.sqrt(-ln(q < 0 ? p : 1 - p));
  let value: number;
  if (r <= 5) {
    r -= 1.6;
    value =
      (((((((7.745_450_142_783_414e-4 * r + 0.022_723_844_989_269_184) * r + 0.241_780_725_177_450_6) * r +
        1.270_458_252_452_368_4) *
        r +
        3.647_848_324_763_204_5) *
        r +
        5.769_497_221_460_691) *
        r +
        4.630_337_846_156_546) *
        r +
        1.423_437_110_749_683_5) /
      (((((((1.050_750_071_644_416_9e-9 * r + 5.475_938_084_995_345e-4) * r + 0.015_198_666_563_616_457) * r +
        0.148_103_976_427_480_08) *
        r +
        0.689_767_334_985_1) *
        r +
        1.676_384_830_183_803_8) *
        r +
        2.053_191_626_637_759) *
        r +
        1);
  } else {
    r -= 5;
    value =
      (((((((2.010_334_399_292_288_1e-7 * r + 2.711_555_568_743_487_6e-5) * r + 1.242_660_947_388_078_4e-3) * r +
        0.026_532_189_526_576_124) *
        r +
        0.296_560_571_828_504_87) *
        r +
        1.784_826_539_917_291_3) *
        r +
        5.463_784_911_164_114) *
        r +
        6.657_904_643_501_103) /
      (((((((2.0442631033899397e-15 * r + 1.421_511_758_316_445_9e-7) * r + 1.8463183175100548e-5) * r +
        7.868_691_311_456_133e-4) *
        r +
        0.014_875_361_290_850_615) *
        r +
        0.136_929_880_922_735_8) *
        r +
        0.599_832_206_555_888) *
        r +
        1);
  }
  return q < 0 ? -value : value;
}

/** A stream of uniform numbers in [0, 1) that are multiples of 2^-32, as `Random.next` gives them. */
export interface Uniforms {
  next(): number;
}

const HALF_STEP = 2 ** -33;

/** A standard normal number by inversion of one uniform: no logarithm or cosine of the machine in it. */
export function normal(random: Uniforms): number {
  return normalQuantile(random.next() + HALF_STEP);
}

/** x times x; the operator for powers promises no last digit. */
export function square(x: number): number {
  return x * x;
}

/** x to the power of y for a positive x. */
export function power(x: number, y: number): number {
  return exp(y * ln(x));
}
