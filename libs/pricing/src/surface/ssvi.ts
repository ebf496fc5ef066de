import type { SmilePoints } from './svi-fit.ts';
import type { SviParameters } from './svi.ts';

/**
 * A slice of surface SVI: w(k) = θ/2 (1 + ρ φ k + sqrt((φ k + ρ)² + 1 - ρ²)) with θ the at-the-money total variance, ρ the skew's sign
 * and size, φ its curvature. Three numbers a slice, and free of butterfly arbitrage when θ φ (1 + |ρ|) <= 4 and θ φ² (1 + |ρ|) <= 4
 * (Gatheral and Jacquier, arXiv:1204.0646, theorem 4.2).
 */
export interface SsviSlice {
  readonly theta: number;
  readonly rho: number;
  readonly phi: number;
}

/** The same slice in the raw SVI form. */
export function ssviAsSvi({ theta, rho, phi }: SsviSlice): SviParameters {
  const rest = 1 - rho * rho;
  return {
    a: 0.5 * theta * rest,
    b: 0.5 * theta * phi,
    rho,
    m: -rho / phi,
    sigma: Math.sqrt(rest) / phi,
  };
}

/**
 * φ(θ) = η / sqrt(θ (1 + θ)): with η (1 + |ρ|) <= 2 no slice has butterfly and, θ rising with time, no two slices
 * have calendar arbitrage (same paper, equation 4.5 with γ = 1/2, and remark 4.4).
 */
export interface SsviShape {
  readonly rho: number;
  readonly eta: number;
}

const STEEPEST_SKEW = 0.95;

export function ssviSlice(shape: SsviShape, theta: number): SsviSlice {
  return { theta, rho: shape.rho, phi: shape.eta / Math.sqrt(theta * (1 + theta)) };
}

/** Shape used when no expiry has enough quotes to tell: the skew of an equity index as a mild default. */
const START: SsviShape = { rho: -0.4, eta: 0.8 };
const MOST_ROUNDS = 80;

/** What one expiry says about the shape; without `theta` the at-the-money total variance is fitted along. */
export interface ShapeSample {
  readonly points: SmilePoints;
  readonly theta?: number;
}

/**
 * ρ and η that serve all samples at once, each counted relative to its level, by a pattern search over (ρ, η): few points make the
 * objective cheap, and it has no derivative where ρ and η are bounded.
 */
export function fitSsviShape(samples: readonly ShapeSample[]): SsviShape {
  const usable = samples.filter(({ points }) => points.count >= 2);
  if (usable.length === 0) return START;
  const errorOf = (shape: SsviShape): number => {
    let sum = 0;
    for (const { points, theta } of usable) {
      const level = theta ?? fitTheta(points, shape);
      if (!(level > 0)) continue;
      sum += weightedError(points, ssviSlice(shape, level)) / (level * level);
    }
    return sum;
  };
  let best = START;
  let error = errorOf(best);
  let stepRho = 0.3;
  let stepEta = 0.4;
  for (let round = 0; round < MOST_ROUNDS && stepRho > 1e-3; round += 1) {
    let moved = false;
    for (const [dRho, dEta] of [
      [stepRho, 0],
      [-stepRho, 0],
      [0, stepEta],
      [0, -stepEta],
    ] as const) {
      const candidate = within(best.rho + dRho, best.eta + dEta);
      const candidateError = errorOf(candidate);
      if (candidateError < error) {
        best = candidate;
        error = candidateError;
        moved = true;
        break;
      }
    }
    if (!moved) {
      stepRho *= 0.5;
      stepEta *= 0.5;
    }
  }
  return best;
}

function within(rho: number, eta: number): SsviShape {
  const bounded = Math.min(STEEPEST_SKEW, Math.max(-STEEPEST_SKEW, rho));
  return { rho: bounded, eta: Math.min(1.999 / (1 + Math.abs(bounded)), Math.max(0.02, eta)) };
}

function weightedError(points: SmilePoints, slice: SsviSlice): number {
  let error = 0;
  for (let i = 0; i < points.count; i += 1) {
    const weight: number = points.weights[i] ?? 0;
    const residual = (points.totalVariances[i] ?? 0) - ssviTotalVariance(slice, points.logMoneyness[i] ?? 0);
    error += weight * residual * residual;
  }
  return error;
}

function ssviTotalVariance({ theta, rho, phi }: SsviSlice, k: number): number {
  const x = phi * k + rho;
  return 0.5 * theta * (1 + rho * phi * k + Math.sqrt(x * x + 1 - rho * rho));
}

/** The at-the-money total variance at which the shape comes nearest to the points; 0 when no point carries weight. */
export function fitTheta(points: SmilePoints, shape: SsviShape): number {
  const { logMoneyness, totalVariances, weights, count } = points;
  let nearest = Number.POSITIVE_INFINITY;
  let theta = 0;
  for (let i = 0; i < count; i += 1) {
    const distance = Math.abs(logMoneyness[i] ?? 0);
    if (!((weights[i] ?? 0) > 0) || distance >= nearest) continue;
    nearest = distance;
    theta = totalVariances[i] ?? 0;
  }
  if (!(theta > 0)) return 0;
  // Gauss-Newton in ln θ: the model is nearly proportional to θ at the money and less so in the wings.
  for (let iteration = 0; iteration < 30; iteration += 1) {
    const slice = ssviSlice(shape, theta);
    const bumped = ssviSlice(shape, theta * 1.000_01);
    let slopes = 0;
    let pull = 0;
    for (let i = 0; i < count; i += 1) {
      const weight: number = weights[i] ?? 0;
      const k: number = logMoneyness[i] ?? 0;
      const value = ssviTotalVariance(slice, k);
      const slope = (ssviTotalVariance(bumped, k) - value) / 1e-5;
      slopes += weight * slope * slope;
      pull += weight * slope * ((totalVariances[i] ?? 0) - value);
    }
    const step = slopes > 0 ? Math.min(1, Math.max(-1, pull / slopes)) : 0;
    theta *= Math.exp(step);
    if (Math.abs(step) < 1e-10) break;
  }
  return theta;
}
