/** Nodes and constant matrices of the collocation scheme. They depend on the two orders only, never on an option. */

export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/** Gauss-Legendre rule on [0, 1]; Newton's method on the Legendre recurrence, as in Davis and Rabinowitz (1984), section 2.7. */
export function gaussLegendre(order: number): Quadrature {
  const nodes = new Float64Array(order);
  const weights = new Float64Array(order);
  for (let k = 0; k < order; k += 1) {
    let x = Math.cos((Math.PI * (k + 0.75)) / (order + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step += 1) {
      let before = 0;
      let value = 1;
      for (let degree = 1; degree <= order; degree += 1) {
        const next = ((2 * degree - 1) * x * value - (degree - 1) * before) / degree;
        before = value;
        value = next;
      }
      slope = (order * (x * value - before)) / (x * x - 1);
      const change = value / slope;
      x -= change;
      if (Math.abs(change) < 1e-15) break;
    }
    nodes[order - 1 - k] = 0.5 * (1 + x);
    weights[order - 1 - k] = 1 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

/** Chebyshev-Lobatto points on [0, 1], ascending, `order + 1` of them. */
export function chebyshevPoints(order: number): Float64Array {
  return Float64Array.from({ length: order + 1 }, (_, i) => Math.sin((0.5 * Math.PI * i) / order) ** 2);
}

/** Values at `x` of the Lagrange polynomials on `points` (Chebyshev-Lobatto), by the barycentric formula (Berrut and Trefethen 2004, section 5). */
export function lagrangeRow(points: Float64Array, x: number): Float64Array {
  const last = points.length - 1;
  const row = new Float64Array(last + 1);
  let sum = 0;
  for (let j = 0; j <= last; j += 1) {
    const distance = x - (points[j] ?? 0);
    if (distance === 0) {
      row.fill(0);
      row[j] = 1;
      return row;
    }
    const weight = ((j % 2 === 0 ? 1 : -1) * (j === 0 || j === last ? 0.5 : 1)) / distance;
    row[j] = weight;
    sum += weight;
  }
  for (let j = 0; j <= last; j += 1) row[j] = (row[j] ?? 0) / sum;
  return row;
}

/**
 * Time to expiry τ runs over the nodes τ_i = T x_i², i = 1..n (τ_0 = 0 is known). The integral over elapsed time v in [0, τ]
 * is taken in the angle: v = τ sin²θ, τ - v = τ cos²θ, which removes the square roots at both ends and makes the
 * place sqrt(τ - v) = sqrt(T) x_i cos θ_k independent of the option: interpolation to it is a constant matrix.
 */
export interface CollocationGrid {
  readonly order: number;
  readonly points: number;
  /** x_1..x_n. */
  readonly nodes: Float64Array;
  /** sin θ_k. */
  readonly sines: Float64Array;
  /** Weight of v/τ: W_k sin 2θ_k. */
  readonly weights: Float64Array;
  /** Row (i, k), column j: weight of H_j at x_i cos θ_k. */
  readonly interpolation: Float64Array;
}

/** The rule of the angle alone: v/T = sin²θ_k with its weights, and the rows that interpolate H to x = cos θ_k. */
export interface PremiumGrid {
  readonly points: number;
  readonly sines: Float64Array;
  readonly weights: Float64Array;
  readonly interpolation: Float64Array;
}

function angles(points: number): { sines: Float64Array; cosines: Float64Array; weights: Float64Array } {
  const rule = gaussLegendre(points);
  const angle = rule.nodes.map((node) => 0.5 * Math.PI * node);
  return {
    sines: angle.map((theta) => Math.sin(theta)),
    cosines: angle.map((theta) => Math.cos(theta)),
    weights: rule.weights.map((weight, k) => 0.5 * Math.PI * weight * Math.sin(2 * (angle[k] ?? 0))),
  };
}

export function collocationGrid(order: number, points: number): CollocationGrid {
  const all = chebyshevPoints(order);
  const { sines, cosines, weights } = angles(points);
  const interpolation = new Float64Array(order * points * order);
  for (let i = 1; i <= order; i += 1) {
    for (let k = 0; k < points; k += 1) {
      const row = lagrangeRow(all, (all[i] ?? 0) * (cosines[k] ?? 0));
      interpolation.set(row.subarray(1), ((i - 1) * points + k) * order);
    }
  }
  return { order, points, nodes: all.slice(1), sines, weights, interpolation };
}

export function premiumGrid(order: number, points: number): PremiumGrid {
  const all = chebyshevPoints(order);
  const { sines, cosines, weights } = angles(points);
  const interpolation = new Float64Array(points * order);
  for (let k = 0; k < points; k += 1) interpolation.set(lagrangeRow(all, cosines[k] ?? 0).subarray(1), k * order);
  return { points, sines, weights, interpolation };
}

/** Weights of H_1..H_n in dH/dx at x = 1: the last row of the Chebyshev differentiation matrix (Trefethen 2000, chapter 6). */
export function endSlope(order: number): Float64Array {
  const row = new Float64Array(order);
  for (let j = 1; j < order; j += 1) {
    const gap = Math.cos((0.5 * Math.PI * j) / order) ** 2;
    row[j - 1] = ((order - j) % 2 === 0 ? 2 : -2) / gap;
  }
  row[order - 1] = (2 * order * order + 1) / 3;
  return row;
}

/** Matrix that takes H at the nodes of order `from` to the nodes of order `to`. */
export function refinement(from: number, to: number): Float64Array {
  const coarse = chebyshevPoints(from);
  const fine = chebyshevPoints(to);
  const matrix = new Float64Array(to * from);
  for (let i = 1; i <= to; i += 1) matrix.set(lagrangeRow(coarse, fine[i] ?? 0).subarray(1), (i - 1) * from);
  return matrix;
}
