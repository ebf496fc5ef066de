/** What the steps between two events need. */
export interface March {
  readonly american: boolean;
  readonly sign: 1 | -1;
  readonly rate: number;
  readonly yield: number;
  readonly half: number;
  readonly mu: number;
  readonly h: number;
  /** From where to where, in the interval's own frame. */
  readonly start: number;
  readonly span: number;
  /** Step k ends at start + (span - start) (k / steps)^power. */
  readonly power: number;
  readonly steps: number;
}

const GAMMA = 2 - Math.SQRT2;
const FROM_STAGE = 1 / (GAMMA * (2 - GAMMA));
const FROM_START = (1 - GAMMA) ** 2 / (GAMMA * (2 - GAMMA));
const TWELFTH = 1 / 12;
const FIVE_SIXTHS = 5 / 6;

/** First node from index 0 that is not at the floor in the last substitution, or -1; and A (1 - theta)^2 there. */
let firstAbove = -1;
let defect = 0;

/**
 * Back-substitution u_i = max(floor_i, z_i/p + m u_(i-1)) from the exercised end. At the first node above the floor the exercise boundary
 * lies within the cell below it: with w = u - floor = (c/2)(y - b)^2, c = (r K - q S)/a in the frame, the second difference across b
 * falls short of c h^2 by (c/2) h^2 (1 - theta)^2, theta = (y - b)/h, so theta solves
 * (p - lambda) theta^2 + 2 lambda theta - lambda = R / A, A = c h^2 / 2, R the uncorrected residue. Without it the error is of second
 * order and changes sign with the boundary's place in its cell.
 */
function substitute(
  u: Float64Array,
  z: Float64Array,
  spots: Float64Array,
  count: number,
  pivot: number,
  ratio: number,
  lambda: number,
  alpha: number,
  beta: number,
  curveAlpha: number,
  curveBeta: number,
  end: number,
): void {
  const inverse = 1 / pivot;
  firstAbove = -1;
  defect = 0;
  const floor0 = alpha + beta * (spots[0] ?? 0);
  let previous = end;
  let i = 1;
  u[0] = end;
  if (end <= floor0 + 1e-13) {
    // At the floor: look for the first node above it.
    for (; i < count; i += 1) {
      const spot = spots[i] ?? 0;
      const floor = alpha + beta * spot;
      const residue = (z[i] ?? 0) + pivot * (ratio * previous - floor);
      const size = curveAlpha + curveBeta * spot;
      if (floor <= 0) break;
      if (residue > 0 || (size > 0 && residue > -lambda * size)) {
        let value = floor + residue * inverse;
        if (size > 0 && residue < pivot * size) {
          const q = pivot - lambda;
          const theta = (Math.sqrt(lambda * lambda + q * (lambda + residue / size)) - lambda) / q;
          value = floor + size * theta * theta;
          defect = size * (1 - theta) * (1 - theta);
          firstAbove = i;
        }
        u[i] = value;
        previous = value;
        i += 1;
        break;
      }
      u[i] = floor;
      previous = floor;
    }
  }
  const squared = ratio * ratio;
  for (; i < count - 1; i += 2) {
    const one = (z[i] ?? 0) * inverse;
    const two = (z[i + 1] ?? 0) * inverse;
    u[i] = one + ratio * previous;
    previous = two + ratio * one + squared * previous;
    u[i + 1] = previous;
  }
  if (i < count) u[i] = (z[i] ?? 0) * inverse + ratio * previous;
}

/** Marches `u` from `start` to `span` of one interval between events, in the interval's own frame (at its beginning s = 0, u = V). */
export function march(u: Float64Array, stage: Float64Array, spots: Float64Array, count: number, m: March): void {
  const { american, sign, rate, half, mu, h, span, steps } = m;
  const last = count - 1;
  // The line through the two nodes at the in-the-money end: a e^y + b, carried exactly by the heat equation.
  const spot0 = spots[0] ?? 0;
  const spot1 = spots[1] ?? 0;
  const lineSlope = ((u[0] ?? 0) - (u[1] ?? 0)) / (spot0 - spot1);
  const lineBase = (u[0] ?? 0) - lineSlope * spot0;
  const carry = rate - mu;
  let contactDefect = 0;
  let contact = -1;
  const { start, power } = m;
  for (let k = 0; k < steps; k += 1) {
    const begin = start + (span - start) * (k / steps) ** power;
    const end = start + (span - start) * ((k + 1) / steps) ** power;
    const dt = end - begin;
    const lambda = (0.5 * GAMMA * dt * half) / (h * h);
    const off = TWELFTH - lambda;
    const diagonal = 5 / 6 + 2 * lambda;
    // The pivots' fixed point: the elimination of a grid that goes on without end beyond the last node.
    const pivot = 0.5 * (diagonal + Math.sqrt(diagonal * diagonal - 4 * off * off));
    const ratio = -off / pivot;
    const sides = TWELFTH + lambda;
    const centre = 5 / 6 - 2 * lambda;
    // Right side of the trapezoidal stage, eliminated from the far end on the way.
    let above = 0;
    let here = u[last] ?? 0;
    let z = 0;
    const squared = ratio * ratio;
    let i = last;
    // Two nodes a turn: z_(i-1) = r_(i-1) + m r_i + m^2 z_(i+1) halves the chain of dependent operations.
    for (; i > 1; i -= 2) {
      const next = u[i - 1] ?? 0;
      const further = u[i - 2] ?? 0;
      let right = sides * (above + next) + centre * here;
      let right2 = sides * (here + further) + centre * next;
      if (i === contact) right += lambda * contactDefect;
      else if (i - 1 === contact) right2 += lambda * contactDefect;
      stage[i] = right + ratio * z;
      z = right2 + ratio * right + squared * z;
      stage[i - 1] = z;
      above = next;
      here = further;
    }
    if (i === 1) {
      let right = sides * (above + (u[0] ?? 0)) + centre * here;
      if (contact === 1) right += lambda * contactDefect;
      stage[1] = right + ratio * z;
    }
    let s = begin + GAMMA * dt;
    let alpha = -sign * Math.exp(rate * s);
    let beta = sign * Math.exp(carry * s);
    let boundary = lineSlope * Math.exp(half * (s - start)) * spot0 + lineBase;
    const scale = (0.5 * h * h) / half;
    if (american) {
      const floor = alpha + beta * spot0;
      if (boundary < floor) boundary = floor;
      substitute(
        stage,
        stage,
        spots,
        count,
        pivot,
        ratio,
        lambda,
        alpha,
        beta,
        scale * rate * alpha,
        scale * m.yield * beta,
        boundary,
      );
    } else substitute(stage, stage, spots, count, pivot, ratio, lambda, 0, -1, 0, 0, boundary);
    // Right side of the BDF2 stage: the mass matrix on the combination.
    z = 0;
    above = 0;
    here = FROM_STAGE * (stage[last] ?? 0) - FROM_START * (u[last] ?? 0);
    for (i = last; i > 1; i -= 2) {
      const next = FROM_STAGE * (stage[i - 1] ?? 0) - FROM_START * (u[i - 1] ?? 0);
      const further = FROM_STAGE * (stage[i - 2] ?? 0) - FROM_START * (u[i - 2] ?? 0);
      const right = TWELFTH * (above + next) + FIVE_SIXTHS * here;
      const right2 = TWELFTH * (here + further) + FIVE_SIXTHS * next;
      u[i] = right + ratio * z;
      z = right2 + ratio * right + squared * z;
      u[i - 1] = z;
      above = next;
      here = further;
    }
    if (i === 1) {
      const next = FROM_STAGE * (stage[0] ?? 0) - FROM_START * (u[0] ?? 0);
      u[1] = TWELFTH * (above + next) + FIVE_SIXTHS * here + ratio * z;
    }
    s = end;
    alpha = -sign * Math.exp(rate * s);
    beta = sign * Math.exp(carry * s);
    boundary = lineSlope * Math.exp(half * (s - start)) * spot0 + lineBase;
    if (american) {
      const floor = alpha + beta * spot0;
      if (boundary < floor) boundary = floor;
      substitute(
        u,
        u,
        spots,
        count,
        pivot,
        ratio,
        lambda,
        alpha,
        beta,
        scale * rate * alpha,
        scale * m.yield * beta,
        boundary,
      );
      contact = firstAbove;
      contactDefect = defect;
    } else substitute(u, u, spots, count, pivot, ratio, lambda, 0, -1, 0, 0, boundary);
  }
}
