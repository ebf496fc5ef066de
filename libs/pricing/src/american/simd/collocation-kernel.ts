import type { LoopAssembler } from '../../simd/loop-assembler.ts';
import type { Pair } from '../../simd/pair-code.ts';
import type { CollocationGrid } from '../collocation-grid.ts';
import { type Column, columnOf, kernel, newColumn } from './kernel-memory.ts';
import { LinearSystem } from './linear-system.ts';
import { StartKernel } from './start-kernel.ts';
import { type Terms, VectorFunctions } from './vector-functions.ts';

/** Places of an option's figures in `CollocationKernel.frame`. */
export const FRAME = {
  years: 0,
  rate: 1,
  yield: 2,
  logCap: 3,
  deviation: 4,
  overDeviation: 5,
  /** (r-q) T / (σ sqrt(T)). */
  drift: 6,
  /** Least y. */
  floor: 7,
  /** 1 and 0 where derivatives are by the rate, 0 and 1 where by the yield. */
  byRate: 8,
  byYield: 9,
} as const;
const FRAME_SIZE = 10;

/** The derivatives that are found besides the residual's terms: by the boundary, or by volatility and rate too. */
export type Derivatives = 'boundary' | 'all';

/**
 * The equation of `BoundarySolver` at all nodes, two quadrature points at a time: their exponentials once an option (`discount`),
 * then its terms at the y in hand (`terms`). Plain arithmetic: the same bits on every machine. Results stay in the columns, by node.
 */
export class CollocationKernel {
  readonly frame: Float64Array;
  readonly y: Float64Array;
  /** B e^(-qτ) Φ(d+), e^(-rτ) Φ(d-), x B e^(-qτ) φ(d+). */
  readonly above: Float64Array;
  readonly kept: Float64Array;
  readonly density: Float64Array;
  /** The integrals of both sides, and of their derivatives: see `terms`. */
  readonly puts: Float64Array;
  readonly calls: Float64Array;
  readonly own: Float64Array;
  readonly spreading: Float64Array;
  readonly direct: Float64Array;
  /** Row-major, `stride` a row: y_j times the derivative of residual i by y_j through the quadrature points. */
  readonly jacobian: Float64Array;
  readonly system: LinearSystem;
  readonly stride: number;
  readonly start: StartKernel;
  readonly #frame: Column;
  readonly #columns: Readonly<
    Record<'y' | 'squares' | 'x' | 'overX' | 'boundary' | 'above' | 'kept' | 'density', Column>
  >;
  readonly #sums: Readonly<Record<'puts' | 'calls' | 'own' | 'spreading' | 'direct', Column>>;
  readonly #points: Readonly<Record<'sines' | 'overSines' | 'factors', Column>>;
  readonly #tables: Readonly<Record<'matrix' | 'shares' | 'weights' | 'discounts' | 'carries' | 'jacobian', Column>>;
  readonly #order: number;
  readonly #half: number;
  readonly #accuracy: Terms;
  readonly #kernels: Partial<Record<Derivatives | 'discount', () => void>> = {};

  constructor(grid: CollocationGrid, accuracy: Terms) {
    const { order, points, nodes } = grid;
    this.#order = order;
    this.#accuracy = accuracy;
    const half = Math.ceil(points / 2);
    this.#half = half;
    const stride = order + (order % 2);
    this.stride = stride;
    const column = (): Column => newColumn(stride);
    // A missing node or point is the last one, with no weight.
    const node = (i: number): number => nodes[Math.min(i, order - 1)] ?? 1;
    const point = (of: Float64Array, k: number): number => of[Math.min(k, points - 1)] ?? 0;
    const byPoint = (value: (k: number) => number): Float64Array =>
      Float64Array.from({ length: 2 * half }, (_, k) => value(k));
    const matrix = new Float64Array(order * half * stride * 2);
    const shares = new Float64Array(order * half * 2);
    const weights = new Float64Array(order * half * 2);
    for (let i = 0; i < order; i += 1) {
      for (let k = 0; k < 2 * half; k += 1) {
        const pair = i * half + (k >> 1);
        for (let j = 0; j < order; j += 1) {
          matrix[(pair * stride + j) * 2 + (k & 1)] =
            grid.interpolation[(i * points + Math.min(k, points - 1)) * order + j] ?? 0;
        }
        shares[pair * 2 + (k & 1)] = (node(i) * point(grid.sines, k)) ** 2;
        weights[pair * 2 + (k & 1)] = k < points ? (grid.weights[k] ?? 0) : 0;
      }
    }
    this.#frame = newColumn(FRAME_SIZE);
    this.#columns = {
      y: column(),
      squares: newColumn(2 * stride),
      x: columnOf(Float64Array.from({ length: stride }, (_, i) => node(i))),
      overX: columnOf(Float64Array.from({ length: stride }, (_, i) => 1 / node(i))),
      boundary: column(),
      above: column(),
      kept: column(),
      density: column(),
    };
    this.#sums = { puts: column(), calls: column(), own: column(), spreading: column(), direct: column() };
    this.#points = {
      sines: columnOf(byPoint((k) => point(grid.sines, k))),
      overSines: columnOf(byPoint((k) => 1 / point(grid.sines, k))),
      factors: newColumn(2 * half),
    };
    this.#tables = {
      matrix: columnOf(matrix),
      shares: columnOf(shares),
      weights: columnOf(weights),
      discounts: newColumn(order * half * 2),
      carries: newColumn(order * half * 2),
      jacobian: newColumn(order * stride),
    };
    this.start = new StartKernel(this.#columns.x, this.#columns.y, accuracy);
    this.system = new LinearSystem(order, stride, this.#tables.jacobian);
    this.frame = this.#frame.values;
    this.y = this.#columns.y.values;
    this.above = this.#columns.above.values;
    this.kept = this.#columns.kept.values;
    this.density = this.#columns.density.values;
    this.puts = this.#sums.puts.values;
    this.calls = this.#sums.calls.values;
    this.own = this.#sums.own.values;
    this.spreading = this.#sums.spreading.values;
    this.direct = this.#sums.direct.values;
    this.jacobian = this.#tables.jacobian.values;
  }

  /** After `frame` was filled: what depends on the option but not on its boundary. */
  discount(): void {
    (this.#kernels.discount ??= kernel((w) => {
      this.#discount(w);
    }))();
  }

  /**
   * After `y` was filled: `above`, `kept`, `puts`, `calls`, `own` (the integral of g) and `jacobian`; with all derivatives also
   * `density`, `spreading` and `direct`, the integrals of the derivatives by σ sqrt(T) and by rate or yield.
   */
  terms(derivatives: Derivatives): void {
    (this.#kernels[derivatives] ??= kernel((w) => {
      this.#terms(w, derivatives);
    }))();
  }

  #of(w: LoopAssembler): (name: keyof typeof FRAME) => Pair {
    return (name) => w.keep(w.splat(w.origin, this.#frame.at + 8 * FRAME[name]));
  }

  #discount(w: LoopAssembler): void {
    const f = new VectorFunctions(w, this.#accuracy);
    const { shares, weights, discounts, carries } = this.#tables;
    const frame = this.#of(w);
    const years = frame('years');
    const rate = w.keep(w.unary('neg', f.times(frame('rate'), years)));
    const dividend = w.keep(w.unary('neg', f.times(frame('yield'), years)));
    const place = w.pointer(0);
    w.repeat(this.#order * this.#half, () => {
      const share = w.keep(w.load(place.at, shares.at));
      const weight = w.keep(w.load(place.at, weights.at));
      w.store(place.at, discounts.at, f.times(weight, f.exp(f.times(rate, share))));
      w.store(place.at, carries.at, f.times(weight, f.exp(f.times(dividend, share))));
      place.advance(16);
    });
  }

  #terms(w: LoopAssembler, derivatives: Derivatives): void {
    const f = new VectorFunctions(w, this.#accuracy);
    const { y, squares, x: nodes, overX, boundary, above, kept, density } = this.#columns;
    const { puts, calls, own, spreading, direct } = this.#sums;
    const { sines, overSines, factors } = this.#points;
    const { matrix, shares, discounts, carries, jacobian } = this.#tables;
    const order = this.#order;
    const half = this.#half;
    const stride = this.stride;
    const frame = this.#of(w);
    const years = frame('years');
    const rate = frame('rate');
    const dividend = frame('yield');
    const deviation = frame('deviation');
    const overDeviation = frame('overDeviation');
    const drift = frame('drift');
    const floor = frame('floor');
    const logCap = frame('logCap');
    const oneHalf = f.n(0.5);

    // Two nodes at a time: what has no integral.
    const pair = w.pointer(0);
    const square = w.pointer(squares.at);
    w.repeat(stride / 2, () => {
      const x = w.keep(w.load(pair.at, nodes.at));
      const depth = w.keep(w.load(pair.at, y.at));
      const squared = w.keep(f.times(depth, depth));
      w.storeOne(square.at, 0, squared);
      w.storeOne(square.at, 8, squared);
      w.storeOther(square.at, 16, squared);
      w.storeOther(square.at, 24, squared);
      square.advance(32);
      const tau = w.keep(f.times(years, x, x));
      const log = w.keep(f.minus(logCap, depth));
      const value = f.boundedExp(log);
      const middle = w.keep(f.sum(f.times(log, overDeviation, w.load(pair.at, overX.at)), f.times(drift, x)));
      const spread = w.keep(f.times(oneHalf, deviation, x));
      const carry = w.keep(f.times(value, f.exp(w.unary('neg', f.times(dividend, tau)))));
      const discount = f.exp(w.unary('neg', f.times(rate, tau)));
      w.store(pair.at, boundary.at, value);
      w.store(pair.at, kept.at, f.times(discount, f.cdf(f.minus(middle, spread))));
      if (derivatives === 'all') {
        const [upper, bell] = f.both(f.sum(middle, spread));
        w.store(pair.at, above.at, f.times(carry, upper));
        w.store(pair.at, density.at, f.times(x, carry, bell));
      } else {
        w.store(pair.at, above.at, f.times(carry, f.cdf(f.sum(middle, spread))));
      }
      pair.advance(16);
    });

    // Node by node: two quadrature points at a time.
    const node = w.pointer(0);
    const entry = w.pointer(matrix.at);
    const place = w.pointer(0);
    const row = w.pointer(jacobian.at);
    w.repeat(order, () => {
      const x = w.keep(w.splat(node.at, nodes.at));
      const here = w.keep(w.splat(node.at, y.at));
      const tau = w.keep(f.times(years, x, x));
      const scale = w.keep(f.times(deviation, x));
      const overScale = w.keep(f.times(overDeviation, w.splat(node.at, overX.at)));
      const carried = w.keep(f.times(drift, x));
      const interest = w.keep(f.times(rate, tau));
      const paid = w.keep(f.times(tau, w.splat(node.at, boundary.at)));
      const dividends = w.keep(f.times(dividend, paid));
      const sums = {
        puts: w.variable(f.n(0)),
        calls: w.variable(f.n(0)),
        own: w.variable(f.n(0)),
        spreading: w.variable(f.n(0)),
        direct: w.variable(f.n(0)),
      };
      const add = (name: keyof typeof sums, value: Pair): void => {
        sums[name].set(f.sum(sums[name].value, value));
      };
      const first = w.pointer(entry.at);
      const point = w.pointer(0);
      w.repeat(half, () => {
        const products = Array.from({ length: order }, (_, j) =>
          f.times(w.load(entry.at, 16 * j), w.load(w.origin, squares.at + 16 * j)),
        );
        const depthSquare = chains(f, products);
        const depth = w.keep(w.binary('greater', floor, w.unary('sqrt', f.atLeast(0, depthSquare))));
        const sine = w.keep(w.load(point.at, sines.at));
        const inverse = w.keep(f.times(overScale, w.load(point.at, overSines.at)));
        const middle = w.keep(f.sum(f.times(f.minus(depth, here), inverse), f.times(carried, sine)));
        const spread = w.keep(f.times(oneHalf, scale, sine));
        const lower = w.keep(f.minus(middle, spread));
        const upper = w.keep(f.sum(middle, spread));
        const discount = w.keep(w.load(place.at, discounts.at));
        const carry = w.keep(w.load(place.at, carries.at));
        const income = w.keep(f.times(interest, discount));
        const outgo = w.keep(f.times(dividends, carry));
        const [low, lowBell] = f.both(lower);
        add('puts', f.times(income, low));
        const [high, highBell] = f.both(upper);
        add('calls', f.times(outgo, high));
        const putDensity = w.keep(f.times(income, lowBell));
        const callDensity = w.keep(f.times(outgo, highBell));
        const slope = w.keep(f.times(f.minus(putDensity, callDensity), inverse));
        add('own', slope);
        w.store(point.at, factors.at, w.binary('and', w.binary('above', depth, floor), f.over(slope, depth)));
        if (derivatives === 'all') {
          add('spreading', f.minus(f.times(putDensity, upper), f.times(callDensity, lower)));
          const elapsed = w.keep(f.times(years, w.load(place.at, shares.at)));
          const byRate = f.times(frame('byRate'), tau, discount, low, f.minus(f.n(1), f.times(rate, elapsed)));
          const byYield = f.times(frame('byYield'), paid, carry, high, f.minus(f.n(1), f.times(dividend, elapsed)));
          add('direct', f.sum(byRate, byYield, f.times(slope, elapsed)));
        }
        entry.advance(16 * stride);
        place.advance(16);
        point.advance(16);
      });
      const total = (column: Column, name: keyof typeof sums): void => {
        w.storeOne(node.at, column.at, w.total(w.keep(sums[name].value)));
      };
      total(puts, 'puts');
      total(calls, 'calls');
      total(own, 'own');
      if (derivatives === 'all') {
        total(spreading, 'spreading');
        total(direct, 'direct');
      }
      const other = w.pointer(0);
      w.repeat(stride / 2, () => {
        const column = (j: number): Pair =>
          w.keep(
            chains(
              f,
              Array.from({ length: half }, (_, k) =>
                f.times(w.load(w.origin, factors.at + 16 * k), w.load(first.at, 16 * (stride * k + j))),
              ),
            ),
          );
        w.store(row.at, 0, f.times(w.totals(column(0), column(1)), w.load(other.at, y.at)));
        row.advance(16);
        other.advance(16);
        first.advance(32);
      });
      node.advance(8);
    });
  }
}

/** The sum of many products, in two chains of additions that the processor can overlap. */
function chains(f: VectorFunctions, products: readonly Pair[]): Pair {
  const [even, odd] = [0, 1].map((from) => products.filter((_, index) => index % 2 === from));
  const [a, ...rest] = even ?? [];
  const [b, ...others] = odd ?? [];
  if (a === undefined) return f.n(0);
  return b === undefined ? f.sum(a, ...rest) : f.sum(f.sum(a, ...rest), f.sum(b, ...others));
}
