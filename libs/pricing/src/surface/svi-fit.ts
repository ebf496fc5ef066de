import type { SviParameters } from './svi.ts';

/** One expiry as seen by a fit: log-moneyness ln(K / F), total variance, weight of its squared error; the first `count` of each. */
export interface SmilePoints {
  readonly logMoneyness: Float64Array;
  readonly totalVariances: Float64Array;
  readonly weights: Float64Array;
  readonly count: number;
}

/** Fewer points (at different strikes) than parameters determine no slice. */
export const FEWEST_SVI_POINTS = 5;
/** R. Lee, "The moment formula for implied volatility at extreme strikes" (2004): no wing of w(k) is steeper than 2. */
const STEEPEST_WING = 2;
const MOST_ITERATIONS = 150;
const MOST_REJECTIONS = 12;
/** Relative gain of the squared error under which the search ends. */
const SMALLEST_GAIN = 1e-9;
const START_POSITIONS = 5;
const START_WIDTHS: readonly number[] = [0.03, 0.12, 0.4, 1.2];
/** Starts beyond the points, in ranges of them from the lowest, for a smile whose vertex is not among them. */
const FAR_POSITIONS: readonly number[] = [-0.4, 1.4];
const FAR_WIDTHS: readonly number[] = [0.4, 0.8];

/** Where the outer search may go. */
interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly narrowest: number;
  readonly widest: number;
}

/**
 * Quasi-explicit SVI calibration (S. De Marco and C. Martini, "Quasi-explicit calibration of Gatheral's SVI model", Zeliade 2009):
 * with y = (k - m)/σ the smile a + d y + c sqrt(y² + 1) is linear in (a, d, c), so only (m, σ) is searched. The inner problem is a
 * convex quadratic over the rhombus |d| <= c, c + |d| <= 2σ (the paper's region with Lee's sharper bound) and is solved exactly.
 *
 * The outer search is Levenberg-Marquardt on the projected problem (G. Golub and V. Pereyra, SIAM J. Numer. Anal. 10, 1973): with
 * z = sqrt(y² + 1) the derivatives in m and ln σ leave the span of {1, y, z} only along y/z and 1/z, so that one step needs the
 * fourteen weighted moments of {1, y, z, y/z, 1/z} and one square root a point.
 *
 * An instance owns its scratch memory: no allocation while it fits; not to be shared between threads.
 */
export class SviFitter {
  #y = new Float64Array(128);
  #z = new Float64Array(128);
  readonly #seen = new Float64Array(FEWEST_SVI_POINTS);
  // Inner solution and figures of the last evaluation; plain fields, so that nothing is allocated a step.
  #a = 0;
  #c = 0;
  #d = 0;
  #error = 0;
  #gradientM = 0;
  #gradientS = 0;
  #mm = 0;
  #ms = 0;
  #ss = 0;
  #found: SviParameters | undefined;
  // Weighted moments of the inner problem about their means.
  #yy = 0;
  #yz = 0;
  #zz = 0;
  #wy = 0;
  #wz = 0;

  /**
   * The best slice for `points`, total variance nowhere negative and no wing steeper than 2, or undefined when fewer than
   * `FEWEST_SVI_POINTS` different strikes carry weight. Butterfly arbitrage is possible: see `butterflyMinimum`.
   */
  fit(points: SmilePoints): SviParameters | undefined {
    const { logMoneyness, weights, count } = points;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    let used = 0;
    for (let i = 0; i < count; i += 1) {
      const weight: number = weights[i] ?? 0;
      if (!(weight > 0)) continue;
      const k: number = logMoneyness[i] ?? 0;
      if (used < FEWEST_SVI_POINTS && this.#isNew(k, used)) {
        this.#seen[used] = k;
        used += 1;
      }
      if (k < low) low = k;
      if (k > high) high = k;
    }
    if (used < FEWEST_SVI_POINTS) return undefined;
    if (this.#y.length < count) {
      this.#y = new Float64Array(2 * count);
      this.#z = new Float64Array(2 * count);
    }
    const range = high - low;
    const narrowest = 0.002 * range;
    const widest = 4 * range;
    let m = 0;
    let s = 0;
    let best = Number.POSITIVE_INFINITY;
    this.#found = undefined;
    for (let i = 0; i < START_POSITIONS; i += 1) {
      const position = low + (range * (i + 0.5)) / START_POSITIONS;
      for (const width of START_WIDTHS) {
        this.#evaluate(points, position, range * width);
        if (this.#error < best) {
          best = this.#error;
          m = position;
          s = range * width;
        }
      }
    }
    const bounds: Bounds = { low: low - range, high: high + range, narrowest, widest };
    this.#searchBeyond(points, low, high, bounds, this.#search(points, m, s, bounds));
    return this.#found;
  }

  #isNew(k: number, seen: number): boolean {
    for (let i = 0; i < seen; i += 1) if (this.#seen[i] === k) return false;
    return true;
  }

  /** With the vertex beyond the points (`low` to `high`) one wing is all they show, and the valley has more than one floor. */
  #searchBeyond(points: SmilePoints, low: number, high: number, bounds: Bounds, error: number): void {
    const near = this.#found;
    if (near === undefined || (near.m >= low && near.m <= high)) return;
    const range = high - low;
    let best = near;
    let least = error;
    for (const position of FAR_POSITIONS) {
      for (const width of FAR_WIDTHS) {
        const again = this.#search(points, low + position * range, width * range, bounds);
        if (!(again < least)) continue;
        least = again;
        best = this.#found ?? best;
      }
    }
    this.#found = best;
  }

  /** Leaves the slice that it ends on in `#found`; its squared error. */
  #search(points: SmilePoints, startM: number, startS: number, bounds: Bounds): number {
    let m = startM;
    let s = startS;
    this.#evaluate(points, m, s);
    let error = this.#error;
    this.#keep(m, s);
    let damping = 1e-3;
    for (let iteration = 0; iteration < MOST_ITERATIONS && error > 0; iteration += 1) {
      const mm = this.#mm;
      const ms = this.#ms;
      const ss = this.#ss;
      const gm = this.#gradientM;
      const gs = this.#gradientS;
      let accepted = false;
      let gain = 0;
      for (let rejection = 0; rejection < MOST_REJECTIONS; rejection += 1) {
        const h11 = mm * (1 + damping) + Number.MIN_VALUE;
        const h22 = ss * (1 + damping) + Number.MIN_VALUE;
        const determinant = h11 * h22 - ms * ms;
        if (!(determinant > 0)) {
          damping = Math.max(10 * damping, 1e-6);
          continue;
        }
        const stepM = (h22 * gm - ms * gs) / determinant;
        const stepS = (h11 * gs - ms * gm) / determinant;
        const nextM = Math.min(bounds.high, Math.max(bounds.low, m + stepM));
        const factor = Math.exp(Math.min(1.5, Math.max(-1.5, stepS)));
        const nextS = Math.min(bounds.widest, Math.max(bounds.narrowest, s * factor));
        if (nextM === m && nextS === s) break;
        this.#evaluate(points, nextM, nextS);
        if (this.#error < error) {
          gain = (error - this.#error) / error;
          error = this.#error;
          m = nextM;
          s = nextS;
          damping *= 0.2;
          accepted = true;
          break;
        }
        damping *= 6;
      }
      if (!accepted) break;
      this.#keep(m, s);
      if (gain < SMALLEST_GAIN) break;
    }
    return error;
  }

  #keep(m: number, s: number): void {
    const c = this.#c;
    this.#found = {
      a: this.#a,
      b: c / s,
      rho: c > 0 ? Math.min(1, Math.max(-1, this.#d / c)) : 0,
      m,
      sigma: s,
    };
  }

  /** Inner solution, squared error, and what one Levenberg-Marquardt step at (m, s) needs. */
  #evaluate(points: SmilePoints, m: number, s: number): void {
    const { logMoneyness, totalVariances, weights, count } = points;
    const ys = this.#y;
    const zs = this.#z;
    const inverse = 1 / s;
    let n = 0;
    let sy = 0;
    let sz = 0;
    let sw = 0;
    let syy = 0;
    let syz = 0;
    let swy = 0;
    let swz = 0;
    let sp = 0;
    let sq = 0;
    let sqq = 0;
    let spq = 0;
    for (let i = 0; i < count; i += 1) {
      const k: number = logMoneyness[i] ?? 0;
      const w: number = totalVariances[i] ?? 0;
      const weight: number = weights[i] ?? 0;
      const y = (k - m) * inverse;
      const z = Math.sqrt(y * y + 1);
      const q = 1 / z;
      const uy = weight * y;
      const uz = weight * z;
      const uq = weight * q;
      ys[i] = y;
      zs[i] = z;
      n += weight;
      sy += uy;
      sz += uz;
      sw += weight * w;
      syy += uy * y;
      syz += uy * z;
      swy += uy * w;
      swz += uz * w;
      sp += uq * y;
      sq += uq;
      sqq += uq * q;
      spq += uq * q * y;
    }
    const meanY = sy / n;
    const meanZ = sz / n;
    const meanW = sw / n;
    this.#yy = syy - sy * meanY;
    this.#yz = syz - sy * meanZ;
    this.#zz = syy + n - sz * meanZ;
    this.#wy = swy - sw * meanY;
    this.#wz = swz - sw * meanZ;
    this.#solveInner(s);
    this.#a = meanW - this.#d * meanY - this.#c * meanZ;
    const lowest = this.#a + Math.sqrt(Math.max(0, this.#c * this.#c - this.#d * this.#d));
    // The paper's a >= 0 is used only where the free level would make a variance negative.
    if (lowest < 0) {
      this.#yy = syy;
      this.#yz = syz;
      this.#zz = syy + n;
      this.#wy = swy;
      this.#wz = swz;
      this.#solveInner(s);
      this.#a = 0;
    }
    this.#residuals(points, inverse);

    // Schur complement of {y/z, 1/z} against {1, y, z}: what the derivatives add beyond the inner solution.
    const cyy = syy - sy * meanY;
    const cyz = syz - sy * meanZ;
    const czz = syy + n - sz * meanZ;
    const cyp = sz - sq - sp * meanY;
    const czp = sy - sp * meanZ;
    const cyq = sp - sq * meanY;
    const czq = n - sq * meanZ;
    const determinant = cyy * czz - cyz * cyz;
    const py = (czz * cyp - cyz * czp) / determinant;
    const pz = (cyy * czp - cyz * cyp) / determinant;
    const qy = (czz * cyq - cyz * czq) / determinant;
    const qz = (cyy * czq - cyz * cyq) / determinant;
    const pp = n - sqq - (sp * sp) / n - (py * cyp + pz * czp);
    const pq = spq - (sp * sq) / n - (py * cyq + pz * czq);
    const qq = sqq - (sq * sq) / n - (qy * cyq + qz * czq);
    const c = this.#c;
    this.#mm = Math.max(0, c * c * inverse * inverse * pp);
    this.#ms = -c * c * inverse * pq;
    this.#ss = Math.max(0, c * c * qq);
  }

  /** Squared error and its slope by the residuals themselves: moments would cancel where the fit is close. */
  #residuals(points: SmilePoints, inverse: number): void {
    const { totalVariances, weights, count } = points;
    const ys = this.#y;
    const zs = this.#z;
    const a = this.#a;
    const c = this.#c;
    const d = this.#d;
    let error = 0;
    let rr = 0;
    let ry = 0;
    let rz = 0;
    let rp = 0;
    let rq = 0;
    for (let i = 0; i < count; i += 1) {
      const y: number = ys[i] ?? 0;
      const z: number = zs[i] ?? 1;
      const w: number = totalVariances[i] ?? 0;
      const weight: number = weights[i] ?? 0;
      const residual = w - (a + d * y + c * z);
      const u = weight * residual;
      const uq = u / z;
      error += u * residual;
      rr += u;
      ry += u * y;
      rz += u * z;
      rp += uq * y;
      rq += uq;
    }
    this.#error = error;
    // ∂/∂m of the model is -(d + c y/z)/σ, ∂/∂ln σ is -(d y + c (z - 1/z)).
    this.#gradientM = -(d * rr + c * rp) * inverse;
    this.#gradientS = -(d * ry + c * (rz - rq));
  }

  /** Least squares in (d, c) over the rhombus with corners (0, 0), (σ, σ), (0, 2σ), (-σ, σ). */
  #solveInner(s: number): void {
    const yy = this.#yy;
    const yz = this.#yz;
    const zz = this.#zz;
    const wy = this.#wy;
    const wz = this.#wz;
    const determinant = yy * zz - yz * yz;
    if (determinant > 1e-14 * yy * zz) {
      const d = (zz * wy - yz * wz) / determinant;
      const c = (yy * wz - yz * wy) / determinant;
      const size = Math.abs(d);
      if (size <= c && c + size <= STEEPEST_WING * s) {
        this.#d = d;
        this.#c = c;
        return;
      }
    }
    const half = 0.5 * STEEPEST_WING * s;
    let best = Number.POSITIVE_INFINITY;
    for (let edge = 0; edge < 4; edge += 1) {
      const side = edge < 2 ? 1 : -1;
      const upper = edge % 2 === 1;
      // From the corner (0, c0) along (side, up) for `half`.
      const c0 = upper ? 2 * half : 0;
      const up = upper ? -1 : 1;
      const curvature = yy + 2 * side * up * yz + zz;
      const slope = side * (wy - c0 * yz) + up * (wz - c0 * zz);
      const along = curvature > 0 ? Math.min(half, Math.max(0, slope / curvature)) : 0;
      const d = side * along;
      const c = c0 + up * along;
      const value = 0.5 * (d * d * yy + 2 * d * c * yz + c * c * zz) - d * wy - c * wz;
      if (value < best) {
        best = value;
        this.#d = d;
        this.#c = c;
      }
    }
  }
}
