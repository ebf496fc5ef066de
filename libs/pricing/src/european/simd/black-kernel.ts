import type { Pair } from '../../simd/pair-code.ts';
import { PairAssembler } from './assembler.ts';

/**
 * Black-Scholes-Merton values (Black and Scholes 1973; Merton 1973; greeks after Haug, "The Complete Guide to Option Pricing
 * Formulas", 2nd edition, 2007, chapter 2), arranged so that no digit is lost in the wings.
 *
 * With A = S exp(-qT), B = K exp(-rT), x = ln(A/B), s = σ sqrt(T), h = -|x|/s, t = s/2, z1 = h + t, z2 = h - t the
 * out-of-the-money side is worth min(A,B) Φ(z1) - max(A,B) Φ(z2), and because min(A,B) φ(z1) = max(A,B) φ(z2) =: P that is
 * P D with D = Y(z1) - Y(z2), Y the Mills ratio: the exponent is out of the difference. D keeps its digits for small t by its
 * Taylor series in t; where the value is most of its maximum, min(A,B) - P (Y(-z1) + Y(z2)) is used (P. Jäckel, "Let's Be
 * Rational", Wilmott 2015, section 3, has the same regions with other approximations). The tables end at -40: where z2 lies below it and
 * z1 has a density still, which takes a strike 1e40 times the forward, price, delta and rho are right in their size only.
 *
 * Two contracts at a time, as a WebAssembly function written by the assembler: the same arithmetic in plain JavaScript took 70 ns
 * per contract, as pairs of doubles in one loop 46, in short loops over columns ("stages") 39; fused multiply-add, constants and handed
 * figures read once, two coefficients a look-up halved that again.
 */

/** Rows per call. */
export const KERNEL_ROWS = 512;
/** Bytes from column to column: one cache line more than the rows, or all columns would share the same few sets of the cache. */
const COLUMN = 8 * KERNEL_ROWS + 64;

/** Byte offsets of the tables and columns in the kernel's memory. */
export const TABLES = {
  value: 0,
  slope: 43_008,
  /** High and low words side by side. */
  power: 86_016,
  /** 1/node and ln(node) side by side. */
  node: 90_112,
};
const COLUMNS = 98_304;
export const INPUTS = {
  spot: COLUMNS,
  strike: COLUMNS + COLUMN,
  years: COLUMNS + 2 * COLUMN,
  rate: COLUMNS + 3 * COLUMN,
  yield: COLUMNS + 4 * COLUMN,
  volatility: COLUMNS + 5 * COLUMN,
  call: COLUMNS + 6 * COLUMN,
};
/** `flag`: 1 when the row is done, 0 when it is not one for the kernel, 2 when a figure left the range of a double. */
export const FLAG = COLUMNS + 7 * COLUMN;
export const OUTPUTS = [8, 9, 10, 11, 12, 13].map((index) => COLUMNS + index * COLUMN);
/** Columns that hand figures from stage to stage. */
const SCRATCH = COLUMNS + 14 * COLUMN;
const SCRATCHES = 26;
const POOL = SCRATCH + SCRATCHES * COLUMN;
/** Where each kernel keeps its constants, of which it has fewer than 256. */
const poolOf = (kind: KernelKind, relaxed: boolean): number =>
  POOL + 4_096 * ((kind === 'greeks' ? 0 : 2) + (relaxed ? 1 : 0));
export const PAGES = Math.ceil((POOL + 16_384) / 65_536);

/** Table geometry; see mills.ts and present-value.ts. */
const MILLS_HIGHEST = 1;
const MILLS_LOWEST = -40;
const MILLS_DENSITY = 16;
const LN2_HIGH = 0.693_147_180_369_123_8;
const LN2_LOW = 1.908_214_929_270_587_7e-10;
export const LOG_NODES = 128;

const ROUNDER = 6_755_399_441_055_744;
/** Its low bits are those of 1023 x 256: a power of two's exponent field is then ready behind the table's eight bits. */
const POWER_ROUNDER = ROUNDER + 1023 * 256;
const SPLITTER = 134_217_729;
const LARGEST_EXPONENT = 700;
const LARGEST_AMOUNT = 1e140;
const SMALLEST_AMOUNT = 1e-140;
const SMALLEST_DEVIATION = 1e-100;
/** Beyond this total standard deviation every density is 0 and every value at its maximum. */
const LARGEST_DEVIATION = 200;
/** Half deviation under which D comes from its series: there Y(z1) - Y(z2) would lose more than five bits. */
const SERIES_BELOW = 1 / 32;
/** Above this z1 the distance to the maximum is the smaller figure. */
const COMPLEMENT_ABOVE = 0.75;
const LARGEST_DENSITY_EXPONENT = 708;
const PER_POINT = 0.01;
const PER_DAY = 1 / 365;

export type KernelKind = 'greeks' | 'higher-greeks';

/** @param relaxed with the relaxed vector instructions (see `roundsProductsOnce`): fewer operations; last digits differ. */
export function blackKernel(kind: KernelKind, relaxed: boolean): Uint8Array<ArrayBuffer> {
  const w = new PairAssembler({ pool: poolOf(kind, relaxed), relaxed });
  const n = (value: number): Pair => w.constant(value);
  const sum = (a: Pair, ...more: readonly Pair[]): Pair => more.reduce((x, y) => w.binary('add', x, y), a);
  const minus = (a: Pair, b: Pair): Pair => w.binary('sub', a, b);
  const times = (a: Pair, ...more: readonly Pair[]): Pair => more.reduce((x, y) => w.binary('mul', x, y), a);
  const over = (a: Pair, b: Pair): Pair => w.binary('div', a, b);
  const both = (a: Pair, ...more: readonly Pair[]): Pair => more.reduce((x, y) => w.binary('and', x, y), a);
  const below = (a: Pair, b: Pair): Pair => w.binary('below', a, b);
  const above = (a: Pair, b: Pair): Pair => w.binary('above', a, b);
  const keep = (a: Pair): Pair => w.keep(a);
  const multiplyAdd = (a: Pair, b: Pair, c: Pair): Pair => w.multiplyAdd(a, b, c);
  /** c0 + u (c1 + u (c2 + ...)). */
  const horner = (u: Pair, coefficients: readonly Pair[]): Pair =>
    coefficients.reduceRight((inner, c) => multiplyAdd(u, inner, c));

  /** a b - fl(a b). */
  const productError = (a: Pair, b: Pair, product: Pair): Pair => {
    if (relaxed) return keep(w.unary('neg', w.lessProduct(product, a, b)));
    const split = (x: Pair): readonly [Pair, Pair] => {
      const c = keep(times(n(SPLITTER), x));
      const high = keep(minus(c, minus(c, x)));
      return [high, keep(minus(x, high))];
    };
    const [ah, al] = split(a);
    const [bh, bl] = split(b);
    return keep(sum(minus(times(ah, bh), product), times(ah, bl), times(al, bh), times(al, bl)));
  };
  /** exp(low - y) as a double-double. */
  const exponential = (y: Pair, low: Pair): readonly [Pair, Pair] => {
    const biased = keep(w.lessProduct(n(POWER_ROUNDER), y, n(256 / Math.LN2)));
    const k = keep(minus(biased, n(POWER_ROUNDER)));
    const u = keep(minus(low, multiplyAdd(k, n(LN2_LOW / 256), multiplyAdd(k, n(LN2_HIGH / 256), y))));
    const [high, rounded] = w.gatherTwo(w.address(biased, 0, 255, 4), w.address(biased, 1, 255, 4), TABLES.power);
    const head = keep(high);
    const series = horner(u, [n(1 / 2), n(1 / 6), n(1 / 24), n(1 / 120)]);
    const tail = keep(multiplyAdd(head, multiplyAdd(times(u, u), series, u), rounded));
    const factor = keep(sum(head, tail));
    const rest = minus(tail, minus(factor, head));
    const power = keep(w.shift(w.shift(biased, -8), 52));
    return [keep(times(factor, power)), keep(times(rest, power))];
  };
  /** amount exp(-rate years); `exponent` is rate years. */
  const presentValue = (amount: Pair, rate: Pair, years: Pair): { high: Pair; low: Pair; exponent: Pair } => {
    const exponent = keep(times(rate, years));
    const rest = relaxed ? w.lessProduct(exponent, rate, years) : w.unary('neg', productError(rate, years, exponent));
    const [factor, factorLow] = exponential(exponent, rest);
    const high = keep(times(amount, factor));
    const low = relaxed
      ? minus(times(amount, factorLow), w.lessProduct(high, amount, factor))
      : multiplyAdd(amount, factorLow, productError(amount, factor, high));
    return { high, low: keep(low), exponent };
  };
  type PresentValue = ReturnType<typeof presentValue>;
  const handed = (value: PresentValue, hand: (a: Pair) => Pair): PresentValue => ({
    high: hand(value.high),
    low: hand(value.low),
    exponent: hand(value.exponent),
  });
  /** ln u for u >= 1, relative digits kept near 1. */
  const logarithm = (u: Pair): Pair => {
    const exponentBits = w.shift(u, -52);
    // The exponent as a double: its bits added to those of 2^52 + 2^51.
    const biased = w.binary('addBits', exponentBits, n(ROUNDER));
    const exponent = keep(minus(biased, n(ROUNDER + 1023)));
    // Fraction bits of u, the rest of 1.
    const mantissa = keep(w.mix(w.bits(2 ** 52 - 1), u, n(1)));
    const fraction = keep(minus(mantissa, n(1)));
    const node = keep(multiplyAdd(fraction, n(LOG_NODES), n(ROUNDER)));
    const [overNode, logNode] = w.gatherTwo(w.address(node, 0, 255, 4), w.address(node, 1, 255, 4), TABLES.node);
    const r = keep(times(w.lessProduct(fraction, minus(node, n(ROUNDER)), n(1 / LOG_NODES)), overNode));
    const series = horner(r, [n(-1 / 2), n(1 / 3), n(-1 / 4), n(1 / 5), n(-1 / 6), n(1 / 7)]);
    const small = multiplyAdd(times(r, r), series, times(exponent, n(LN2_LOW)));
    return multiplyAdd(exponent, n(LN2_HIGH), sum(logNode, sum(r, small)));
  };
  /** A Mills table's polynomial at z in [-40, 1]. */
  const mills = (z: Pair, table: number): Pair => {
    const biased = keep(multiplyAdd(z, n(-MILLS_DENSITY), n(ROUNDER + MILLS_HIGHEST * MILLS_DENSITY)));
    const u = keep(minus(z, multiplyAdd(minus(biased, n(ROUNDER)), n(-1 / MILLS_DENSITY), n(MILLS_HIGHEST))));
    const at0 = w.address(biased, 0, 1023, 6);
    const at1 = w.address(biased, 1, 1023, 6);
    const u2 = keep(times(u, u));
    const pairs = [0, 2, 4, 6].map((index) => {
      const [even, odd] = w.gatherTwo(at0, at1, table + 8 * index);
      return keep(multiplyAdd(u, odd, even));
    });
    return keep(horner(u2, pairs));
  };

  return w.module(() => {
    let scratches = 0;
    const hand = (value: Pair): Pair => {
      scratches += 1;
      return w.hand(SCRATCH + (scratches - 1) * COLUMN, value);
    };
    const column = (name: keyof typeof INPUTS): Pair => w.column(INPUTS[name]);
    const spot = column('spot');
    const strike = column('strike');
    const years = column('years');
    const rate = column('rate');
    const dividend = column('yield');
    const volatility = column('volatility');

    // Stage: the spot's present value.
    const a = handed(presentValue(keep(spot), keep(dividend), keep(years)), hand);
    w.nextStage();
    // Stage: the strike's.
    const b = handed(presentValue(keep(strike), keep(rate), keep(years)), hand);
    w.nextStage();
    // Stage: moneyness and deviation.
    // A - B with what the subtraction rounds off (Knuth, The Art of Computer Programming 2, 4.2.2).
    const rounded = keep(minus(a.high, b.high));
    const part = keep(minus(rounded, a.high));
    const rest = minus(minus(a.high, minus(rounded, part)), sum(b.high, part));
    const gap = hand(sum(rounded, sum(rest, minus(a.low, b.low))));
    const lowRaw = keep(w.binary('lesser', a.high, b.high));
    const highRaw = keep(w.binary('greater', a.high, b.high));
    const root = hand(w.unary('sqrt', years));
    const sRaw = keep(w.binary('lesser', times(volatility, root), n(LARGEST_DEVIATION)));
    const amounts = both(
      above(w.binary('lesser', spot, strike), n(SMALLEST_AMOUNT)),
      below(sum(spot, strike), n(LARGEST_AMOUNT)),
      above(lowRaw, n(SMALLEST_AMOUNT)),
      below(sum(a.high, b.high), n(LARGEST_AMOUNT)),
    );
    const exponents = both(
      below(w.unary('abs', a.exponent), n(LARGEST_EXPONENT)),
      below(w.unary('abs', b.exponent), n(LARGEST_EXPONENT)),
      below(w.unary('abs', gap), n(LARGEST_AMOUNT)),
    );
    const deviations = both(above(sRaw, n(SMALLEST_DEVIATION)), w.binary('atMost', volatility, n(Number.MAX_VALUE)));
    const plain = hand(both(amounts, exponents, deviations));
    const low = hand(w.select(plain, lowRaw, n(1)));
    const high = keep(w.select(plain, highRaw, n(1)));
    const distance = hand(w.select(plain, w.unary('abs', gap), n(0)));
    const s = hand(w.select(plain, sRaw, n(1)));

    // |x| = ln(1 + |A-B|/low), with what rounding 1 + ... took off put back (1/u is low/high).
    const ratio = keep(over(distance, low));
    const u = keep(sum(n(1), ratio));
    const lowShare = hand(over(low, high));
    const x = keep(multiplyAdd(minus(ratio, minus(u, n(1))), lowShare, logarithm(u)));
    const overS = hand(over(n(1), s));
    const quotient = hand(times(x, overS));
    w.nextStage();
    // Stage: the density.
    const depth = keep(w.unary('neg', quotient));
    const h = hand(w.binary('greater', depth, n(MILLS_LOWEST)));
    const t = hand(times(n(0.5), s));
    const z1 = hand(sum(depth, t));
    const z2 = hand(w.binary('greater', minus(depth, t), n(MILLS_LOWEST)));
    const power = keep(times(n(0.5), z1, z1));
    const [bell] = exponential(w.binary('lesser', power, n(LARGEST_DENSITY_EXPONENT)), n(0));
    const phi = hand(both(below(power, n(LARGEST_DENSITY_EXPONENT)), times(bell, n(1 / Math.sqrt(2 * Math.PI)))));
    const present = hand(times(low, phi));
    w.nextStage();

    // Stage: three regions; a pair that lies in two of them computes both.
    const series = keep(below(t, n(SERIES_BELOW)));
    const plenty = keep(above(z1, n(COMPLEMENT_ABOVE)));
    const timeValue = w.variable(n(0));
    const first = w.variable(n(0));
    const firstRest = w.variable(n(0));
    const second = w.variable(n(0));
    w.whenAny(w.unary('not', series), () => {
      // Where z1 is large: the rest to the maximum, from Y(-z1).
      const sign = keep(w.select(plenty, n(-1), n(1)));
      const y1 = mills(w.binary('greater', times(sign, z1), n(MILLS_LOWEST)), TABLES.value);
      const y2 = mills(z2, TABLES.value);
      const spread = keep(times(present, minus(times(sign, y1), y2)));
      const tail = keep(times(phi, y1));
      const other = keep(minus(n(1), tail));
      timeValue.set(w.select(plenty, sum(low, spread), spread));
      first.set(w.select(plenty, other, tail));
      firstRest.set(w.select(plenty, tail, other));
      second.set(y2);
    });
    w.whenAny(series, () => {
      const y1 = mills(h, TABLES.slope);
      const y0 = mills(h, TABLES.value);
      const y2 = keep(multiplyAdd(h, y1, y0));
      const y3 = keep(multiplyAdd(h, y2, times(n(2), y1)));
      const y4 = keep(multiplyAdd(h, y3, times(n(3), y2)));
      const y5 = keep(multiplyAdd(h, y4, times(n(4), y3)));
      const y6 = keep(multiplyAdd(h, y5, times(n(5), y4)));
      const y7 = keep(multiplyAdd(h, y6, times(n(6), y5)));
      const v = keep(times(t, t));
      const step = (divisor: number): Pair => times(v, n(1 / divisor));
      const odd = keep(times(t, multiplyAdd(step(6), multiplyAdd(step(20), multiplyAdd(step(42), y7, y5), y3), y1)));
      const even = keep(multiplyAdd(step(2), multiplyAdd(step(12), multiplyAdd(step(30), y6, y4), y2), y0));
      const tail = keep(times(phi, sum(even, odd)));
      timeValue.set(w.select(series, times(n(2), present, odd), timeValue.value));
      first.set(w.select(series, tail, first.value));
      firstRest.set(w.select(series, minus(n(1), tail), firstRest.value));
      second.set(w.select(series, minus(even, odd), second.value));
    });
    const timeValues = hand(timeValue.value);
    const firsts = hand(first.value);
    const firstRests = hand(firstRest.value);
    // φ(z2) max(A,B) = φ(z1) min(A,B).
    const far = hand(times(phi, lowShare, second.value));
    w.nextStage();
    const farRest = keep(minus(n(1), far));

    // Stage: the figures. At or below the strike Φ(z1), Φ(z2) are Φ(d1), Φ(d2) of the call, which is outside; above it Φ(-d2), Φ(-d1) of the put.
    const call = keep(above(w.column(INPUTS.call), n(0)));
    const lowIsSpot = keep(below(gap, n(0)));
    const inside = keep(w.binary('xor', call, lowIsSpot));
    const near = keep(w.select(inside, firstRests, firsts));
    const away = keep(w.select(inside, farRest, far));
    const sign = keep(w.select(call, n(1), n(-1)));
    const spotPart = keep(times(sign, a.high, w.select(lowIsSpot, near, away)));
    const strikePart = keep(times(sign, b.high, w.select(lowIsSpot, away, near)));
    const overSpot = keep(over(n(1), spot));
    const delta = keep(times(spotPart, overSpot));
    let figures: readonly Pair[];
    if (kind === 'greeks') {
      const carried = minus(times(dividend, spotPart), times(rate, strikePart));
      figures = [
        sum(both(inside, distance), timeValues),
        delta,
        times(present, overSpot, overSpot, overS),
        times(present, root, n(PER_POINT)),
        times(minus(carried, times(present, n(0.5), volatility, volatility, overS)), n(PER_DAY)),
        times(years, strikePart, n(PER_POINT)),
      ];
    } else {
      const signedQuotient = keep(w.select(lowIsSpot, w.unary('neg', quotient), quotient));
      const d1 = keep(sum(signedQuotient, t));
      const d2 = keep(minus(signedQuotient, t));
      const perSpot = keep(times(present, overSpot));
      const drift = minus(times(minus(rate, dividend), overS), over(d2, sum(years, years)));
      // A density of 0 stands for less than any double: its products are 0, however large the other factors.
      const some = keep(above(present, n(0)));
      figures = [
        both(some, times(over(times(w.unary('neg', perSpot), d2), volatility), n(PER_POINT))),
        both(some, times(over(times(present, root, d1, d2), volatility), n(PER_POINT * PER_POINT))),
        times(minus(times(dividend, delta), both(some, times(perSpot, drift))), n(PER_DAY)),
      ];
    }
    const kept = figures.map((figure) => keep(figure));
    // 0 when all are finite, else NaN.
    const nothing = kept.reduce((x, figure) => multiplyAdd(figure, n(0), x), n(0));
    const finite = w.binary('atMost', nothing, n(0));
    w.store(FLAG, both(plain, w.select(finite, n(1), n(2))));
    kept.forEach((figure, index) => w.store(OUTPUTS[index] ?? 0, figure));
  });
}
