/**
 * Present values to about 62 bits, as an unevaluated sum of two doubles: forward and strike then subtract without loss, so that the
 * intrinsic value of a deep option and the logarithm of a nearly-at-the-money one keep all their digits.
 *
 * exp(y) by table: y = k ln2/256 + r, exp(y) = 2^(k div 256) 2^(k mod 256 / 256) (1 + expm1(r)) (P. T. P. Tang, "Table-driven
 * implementation of the exponential function in IEEE floating-point arithmetic", ACM TOMS 15, 1989); since |expm1(r)| < 2^-9 and
 * the table has a second word, rounding stays below 2^-61. Exact products after T. J. Dekker, Numerische Mathematik 18 (1971).
 */

const STEPS = 256;
const LN2_HIGH = 0.693_147_180_369_123_8;
const LN2_LOW = 1.908_214_929_270_587_7e-10;
const STEPS_PER_UNIT = STEPS / Math.LN2;
/** fdlibm's split of ln 2: the high word ends in 20 zero bits, so that its product with any step number is exact. */
const STEP_HIGH = LN2_HIGH / STEPS;
const STEP_LOW = LN2_LOW / STEPS;
const STEP_BITS = 8;
/** Adding and subtracting it rounds to an integer. */
const ROUNDER = 6_755_399_441_055_744;
/** 2^27 + 1 splits a double into halves whose products are exact. */
const SPLITTER = 134_217_729;
/** Beyond ±700 plain Math.exp serves. */
const LARGEST_EXPONENT = 700;
const POWER_OFFSET = 1100;
/** Splitting needs head room, and the low word must not become subnormal. */
const LARGEST_AMOUNT = 1e140;
const SMALLEST_AMOUNT = 1e-140;

const powers = Float64Array.from({ length: 2 * POWER_OFFSET }, (_, index) => 2 ** (index - POWER_OFFSET));
/** 2^(j/256) as high and low words. */
export const tableHigh = new Float64Array(STEPS);
export const tableLow = new Float64Array(STEPS);
fillTable();

/** 2^(j/256) from products of the repeated square roots of 2, in double-double arithmetic. */
function fillTable(): void {
  tableHigh[0] = 1;
  let rootHigh = 2;
  let rootLow = 0;
  for (let bit = STEPS / 2; bit >= 1; bit /= 2) {
    const root = Math.sqrt(rootHigh);
    const rest = (rootHigh - root * root - productError(root, root, root * root) + rootLow) / (2 * root);
    rootHigh = root + rest;
    rootLow = rest - (rootHigh - root);
    for (let j = 0; j < STEPS; j += 2 * bit) {
      const high = tableHigh[j] ?? 0;
      const product = high * rootHigh;
      const low = productError(high, rootHigh, product) + high * rootLow + (tableLow[j] ?? 0) * rootHigh;
      tableHigh[j + bit] = product + low;
      tableLow[j + bit] = low - (product + low - product);
    }
  }
}

/** a b - fl(a b), exactly (barring over- and underflow). */
function productError(a: number, b: number, product: number): number {
  const ca = SPLITTER * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = SPLITTER * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  return ah * bh - product + ah * bl + al * bh + al * bl;
}

/**
 * amount · exp(-rate · years) for rows `from` to `from + count` as high + low, written to elements 0 to `count`. Rows outside the
 * range of the method get the rounded value and a low word of 0; a row without a value gets NaN or infinity in the high word.
 */
export function presentValues(
  from: number,
  count: number,
  amount: Float64Array,
  rate: Float64Array,
  years: Float64Array,
  high: Float64Array,
  low: Float64Array,
): void {
  for (let i = 0; i < count; i += 1) {
    const value = amount[from + i] ?? 0;
    const r = -(rate[from + i] ?? 0);
    const time = years[from + i] ?? 0;
    const exponent = r * time;
    const inRange =
      Math.abs(exponent) < LARGEST_EXPONENT &&
      value < LARGEST_AMOUNT &&
      value > SMALLEST_AMOUNT &&
      time < LARGEST_AMOUNT &&
      Math.abs(r) < LARGEST_AMOUNT;
    if (!inRange) {
      high[i] = value * Math.exp(exponent);
      low[i] = 0;
      continue;
    }
    const exponentLow = productError(r, time, exponent);
    const k = exponent * STEPS_PER_UNIT + ROUNDER - ROUNDER;
    const step = k | 0;
    const u = exponent - k * STEP_HIGH - k * STEP_LOW + exponentLow;
    const head = tableHigh[step & (STEPS - 1)] ?? 0;
    const power = powers[(step >> STEP_BITS) + POWER_OFFSET] ?? 0;
    const tail =
      head * (u + u * u * (0.5 + u * (1 / 6 + u * (1 / 24 + u * (1 / 120))))) + (tableLow[step & (STEPS - 1)] ?? 0);
    const factor = head + tail;
    const factorLow = tail - (factor - head);
    const product = value * factor;
    high[i] = product * power;
    low[i] = (productError(value, factor, product) + value * factorLow) * power;
  }
}

/** ln(1 + q) for q >= 0, all digits, without the branches of the built-in: what rounding 1 + q took off is put back. */
export function logOnePlus(q: number): number {
  const u = 1 + q;
  return Math.log(u) + (q - (u - 1)) / u;
}

/**
 * One present value to about 72 bits, replacing element `at` of `high` and `low`: for quotes so small beside their forward that even
 * 62 bits of it would show. Only for amounts and exponents within the range of `presentValues`; else the element stays.
 */
export function refinePresentValue(
  at: number,
  value: number,
  rate: number,
  years: number,
  high: Float64Array,
  low: Float64Array,
): void {
  const exponent = -rate * years;
  const inRange = Math.abs(exponent) < LARGEST_EXPONENT && value < LARGEST_AMOUNT && value > SMALLEST_AMOUNT;
  if (!inRange || !(years < LARGEST_AMOUNT) || !(Math.abs(rate) < LARGEST_AMOUNT)) return;
  const k = exponent * STEPS_PER_UNIT + ROUNDER - ROUNDER;
  const step = k | 0;
  const first = exponent - k * STEP_HIGH;
  const second = productError(-rate, years, exponent) - k * STEP_LOW;
  const u = first + second;
  const part = u - first;
  const rest =
    first - (u - part) + (second - part) + u * u * (0.5 + u * (1 / 6 + u * (1 / 24 + u * (1 / 120 + u * (1 / 720)))));
  const head = tableHigh[step & (STEPS - 1)] ?? 0;
  const headLow = tableLow[step & (STEPS - 1)] ?? 0;
  const linear = head * u;
  const sum = head + linear;
  const tail = linear - (sum - head) + (productError(head, u, linear) + (head * rest + (headLow + headLow * u)));
  const factor = sum + tail;
  const factorLow = tail - (factor - sum);
  const product = value * factor;
  const power = powers[(step >> STEP_BITS) + POWER_OFFSET] ?? 0;
  high[at] = product * power;
  low[at] = (productError(value, factor, product) + value * factorLow) * power;
}
