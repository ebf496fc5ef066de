import type { LoopAssembler } from '../../simd/loop-assembler.ts';
import type { Pair } from '../../simd/pair-code.ts';
import { CELLS_PER_UNIT, PARTS, PARTS_PER_UNIT, REACH, STEP_HIGH, STEP_LOW, STRIDE } from '../normal-table.ts';
import { NORMAL, POWERS } from './kernel-memory.ts';

/** 1.5 x 2^52: a number below 2^31 added to it stands rounded in the low bits. */
const ROUNDER = 6_755_399_441_055_744;
const LARGEST_EXPONENT = 700;

/** How many terms of the table's polynomials are used: all eight (4e-16), or six (3e-12, the density 6e-10). */
export type Terms = 6 | 8;

/** Arithmetic and the functions of `normal-table.ts` for pairs. */
export class VectorFunctions {
  readonly w: LoopAssembler;
  readonly #terms: Terms;

  constructor(w: LoopAssembler, terms: Terms) {
    this.w = w;
    this.#terms = terms;
  }

  n(value: number): Pair {
    return this.w.constant(value);
  }

  sum(a: Pair, ...more: readonly Pair[]): Pair {
    return more.reduce((x, y) => this.w.binary('add', x, y), a);
  }

  minus(a: Pair, b: Pair): Pair {
    return this.w.binary('sub', a, b);
  }

  times(a: Pair, ...more: readonly Pair[]): Pair {
    return more.reduce((x, y) => this.w.binary('mul', x, y), a);
  }

  over(a: Pair, b: Pair): Pair {
    return this.w.binary('div', a, b);
  }

  /** The lesser of a constant and `a`; the constant where `a` is no number. */
  atMost(limit: number, a: Pair): Pair {
    return this.w.binary('lesser', this.n(limit), a);
  }

  atLeast(limit: number, a: Pair): Pair {
    return this.w.binary('greater', this.n(limit), a);
  }

  #inTable(x: Pair): { readonly t: Pair; readonly coefficients: readonly (readonly [Pair, Pair])[] } {
    const { w } = this;
    const bounded = w.keep(this.atMost(REACH, this.atLeast(-REACH, x)));
    const biased = w.keep(
      this.sum(this.times(bounded, this.n(CELLS_PER_UNIT)), this.n(ROUNDER + REACH * CELLS_PER_UNIT)),
    );
    const centre = this.times(this.minus(biased, this.n(ROUNDER + REACH * CELLS_PER_UNIT)), this.n(1 / CELLS_PER_UNIT));
    const t = w.keep(this.minus(bounded, centre));
    const shift = Math.log2(8 * STRIDE);
    const first = w.address(biased, 0, 511, shift);
    const second = w.address(biased, 1, 511, shift);
    const coefficients = Array.from({ length: this.#terms / 2 }, (_, index) =>
      w.gatherTwo(first, second, NORMAL.at + 16 * index),
    );
    return { t, coefficients };
  }

  /** Φ(x), kept. */
  cdf(x: Pair): Pair {
    const { t, coefficients } = this.#inTable(x);
    const { w } = this;
    const t2 = w.keep(this.times(t, t));
    const pairs = coefficients.map(([even, odd]) => w.keep(this.sum(even, this.times(t, odd))));
    return w.keep(pairs.reduceRight((inner, pair) => this.sum(pair, this.times(t2, inner))));
  }

  /** Φ(x) and φ(x), kept. */
  both(x: Pair): readonly [Pair, Pair] {
    const { t, coefficients } = this.#inTable(x);
    const { w } = this;
    const t2 = w.keep(this.times(t, t));
    const kept = coefficients.map(([even, odd]) => [w.keep(even), w.keep(odd)] as const);
    const value = w.keep(
      kept
        .map(([even, odd]) => w.keep(this.sum(even, this.times(t, odd))))
        .reduceRight((inner, pair) => this.sum(pair, this.times(t2, inner))),
    );
    // c1 + t² (3 c3 + t² ...) and t (2 c2 + t² (4 c4 + ...)).
    const odds = kept.map(([, odd], index) => (index === 0 ? odd : this.times(this.n(2 * index + 1), odd)));
    const evens = kept.slice(1).map(([even], index) => this.times(this.n(2 * index + 2), even));
    const horner = (terms: readonly Pair[]): Pair =>
      terms.reduceRight((inner, term) => this.sum(term, this.times(t2, inner)));
    const density = w.keep(this.sum(horner(odds), this.times(t, horner(evens))));
    return [value, density];
  }

  /** exp(x) for |x| < 700, kept. */
  exp(x: Pair): Pair {
    const { w } = this;
    const kept = w.keep(x);
    const biased = w.keep(this.sum(this.times(kept, this.n(PARTS_PER_UNIT)), this.n(ROUNDER + 1023 * PARTS)));
    const whole = w.keep(this.minus(biased, this.n(ROUNDER + 1023 * PARTS)));
    const t = w.keep(
      this.minus(this.minus(kept, this.times(whole, this.n(STEP_HIGH))), this.times(whole, this.n(STEP_LOW))),
    );
    const series = [1, 1, 0.5, 1 / 6, 1 / 24, 1 / 120]
      .map((c) => this.n(c))
      .reduceRight((inner, c) => this.sum(c, this.times(t, inner)));
    const fraction = w.gather(w.address(biased, 0, PARTS - 1, 3), w.address(biased, 1, PARTS - 1, 3), POWERS.at);
    const power = w.shift(w.shift(biased, -Math.log2(PARTS)), 52);
    return w.keep(this.times(series, this.times(fraction, power)));
  }

  /** exp(x) of any number: 700 and beyond are taken as 700. */
  boundedExp(x: Pair): Pair {
    return this.exp(this.atMost(LARGEST_EXPONENT, this.atLeast(-LARGEST_EXPONENT, x)));
  }
}
