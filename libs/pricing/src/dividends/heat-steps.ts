import { exponential } from './small-exponential.ts';

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
/** Of the strike. */
const NEGLIGIBLE = 1e-16;

/** First node from index 0 that is not at the floor in the last substitution, or -1; and A (1 - theta)^2 there. */
let firstAbove = -1;
let defect = 0;
/** Nodes before it were at the floor in the last substitution; 0 where the in-the-money end was not. */
let rested = 0;
/** The next substitution begins so many nodes inside what was at the floor in the last one: the boundary moves by less than that but for the first steps. */
const MARGIN = 3;

/** The right side z, eliminated from the far end, and what is asked of its back-substitution u. The two may be one array. */
interface Substitution {
  u: Float64Array;
  z: Float64Array;
  spots: Float64Array;
  count: number;
  pivot: number;
  ratio: number;
  lambda: number;
  /** The exercise value of a node is alpha + beta spot. */
  alpha: number;
  beta: number;
  /** What contact with it bends by, A of `leaveFloor`, likewise. */
  curveAlpha: number;
  curveBeta: number;
}

/**
 * Exercised nodes from `i` on, whose neighbour before is at the floor too; returns the first node after the one that is above it. There
 * the exercise boundary lies within the cell below: with w = u - floor = (c/2)(y - b)^2, c = (r K - q S)/a in the frame, the second
 * difference across b falls short of c h^2 by (c/2) h^2 (1 - theta)^2, theta = (y - b)/h, so theta solves
 * (p - lambda) theta^2 + 2 lambda theta - lambda = R / A, A = c h^2 / 2, R the uncorrected residue. Without it the error is of second
 * order and changes sign with the boundary's place in its cell.
 */
function leaveFloor(on: Substitution, from: number): number {
  const { u, z, spots, count, pivot, ratio, lambda, alpha, beta, curveAlpha, curveBeta } = on;
  let previous = u[from - 1] ?? 0;
  for (let i = from; i < count; i += 1) {
    const spot = spots[i] ?? 0;
    const floor = alpha + beta * spot;
    const residue = (z[i] ?? 0) + pivot * (ratio * previous - floor);
    const size = curveAlpha + curveBeta * spot;
    if (floor <= 0) return i;
    if (residue > 0 || (size > 0 && residue > -lambda * size)) {
      let value = floor + residue / pivot;
      if (size > 0 && residue < pivot * size) {
        const q = pivot - lambda;
        const theta = (Math.sqrt(lambda * lambda + q * (lambda + residue / size)) - lambda) / q;
        value = floor + size * theta * theta;
        defect = size * (1 - theta) * (1 - theta);
        firstAbove = i;
      }
      u[i] = value;
      return i + 1;
    }
    u[i] = floor;
    previous = floor;
  }
  return count;
}

/** Whether node `i`, with all before it at the floor, is at the floor too: then so are they, and nothing needs to be eliminated for them. */
function rests(
  { z, spots, pivot, ratio, lambda, alpha, beta, curveAlpha, curveBeta }: Substitution,
  i: number,
): boolean {
  const spot = spots[i] ?? 0;
  const floor = alpha + beta * spot;
  const residue = (z[i] ?? 0) + pivot * (ratio * (alpha + beta * (spots[i - 1] ?? 0)) - floor);
  const size = curveAlpha + curveBeta * spot;
  return floor > 0 && residue <= 0 && !(size > 0 && residue > -lambda * size);
}

/**
 * Nodes from `from` on that are held, up to where exercise pays again: the first that would be below the floor and where exercise is right
 * given what lies before it and the floor behind it. What that adds to those before solves the homogeneous equation, ratio^(distance).
 * Returns that node, or minus the first node out of the money where there is none.
 */
function holdToFloor({ u, z, spots, count, pivot, ratio, alpha, beta }: Substitution, from: number): number {
  const off = -ratio * pivot;
  const diagonal = pivot * (1 + ratio * ratio);
  let previous = u[from - 1] ?? 0;
  for (let i = from; i < count; i += 1) {
    const floor = alpha + beta * (spots[i] ?? 0);
    if (floor <= 0) return -i;
    const eliminated = z[i] ?? 0;
    const held = eliminated / pivot + ratio * previous;
    let lift = floor - held;
    if (lift > 0) {
      const right = eliminated - ratio * (z[i + 1] ?? 0);
      const sides = previous + ratio * lift + alpha + beta * (spots[i + 1] ?? 0);
      if (off * sides + diagonal * floor >= right) {
        for (let k = i - 1; k >= from && Math.abs(lift) > NEGLIGIBLE; k -= 1) {
          lift *= ratio;
          u[k] = (u[k] ?? 0) + lift;
        }
        u[i] = floor;
        return i;
      }
    }
    u[i] = held;
    previous = held;
  }
  return -count;
}

/**
 * Back-substitution u_i = max(floor_i, z_i/p + m u_(i-1)) from the in-the-money end; nodes before `from` are at the floor. `between`: exercise may pay between two prices only, since
 * a dividend is worth waiting for on a stock near nothing, or a rate below zero pays for waiting far in the money.
 */
function substitute(on: Substitution, end: number, between: boolean, from: number): void {
  const { u, z, spots, count, pivot, ratio, alpha, beta } = on;
  firstAbove = -1;
  defect = 0;
  u[0] = end;
  for (let k = 1; k < from; k += 1) u[k] = alpha + beta * (spots[k] ?? 0);
  let i = from;
  rested = 0;
  if (end <= alpha + beta * (spots[0] ?? 0) + 1e-13) {
    i = leaveFloor(on, i);
    rested = i - 1;
  }
  while (between && i < count) {
    const met = holdToFloor(on, i);
    i = met < 0 ? -met : leaveFloor(on, met + 1);
    if (met < 0) break;
  }
  const inverse = 1 / pivot;
  const squared = ratio * ratio;
  let previous = u[i - 1] ?? 0;
  for (; i < count - 1; i += 2) {
    const one = (z[i] ?? 0) * inverse;
    const two = (z[i + 1] ?? 0) * inverse;
    u[i] = one + ratio * previous;
    previous = two + ratio * one + squared * previous;
    u[i + 1] = previous;
  }
  if (i < count) u[i] = (z[i] ?? 0) * inverse + ratio * previous;
}

/** Moves the exercise value in `on` by `years` of the frame; returns that of node 0. */
function advance(on: Substitution, rate: number, carry: number, years: number): number {
  const strike = exponential(rate * years);
  const stock = exponential(carry * years);
  on.alpha *= strike;
  on.beta *= stock;
  on.curveAlpha *= strike;
  on.curveBeta *= stock;
  return on.alpha + on.beta * (on.spots[0] ?? 0);
}

/** share^power; the powers in use are 1, 1.25 and 2, and a library's power is slow. */
function raised(share: number, power: number): number {
  if (power === 2) return share * share;
  if (power === 1.25) return share * Math.sqrt(Math.sqrt(share));
  return power === 1 ? share : share ** power;
}

/** The node to eliminate down to, an odd number of nodes from the last one as the loops take two a turn, or 1 for all. */
function stopOf(last: number): number {
  const stop = rested - MARGIN;
  return Math.max(((last - stop) & 1) === 1 ? stop : stop - 1, 1);
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
  rested = 0;
  const { start, power } = m;
  const between = american && (sign < 0 ? m.yield : rate) < 0;
  const scale = (0.5 * h * h) / half;
  // European: the floor is below everything.
  const strike = american ? -sign * Math.exp(rate * start) : 0;
  const stock = american ? sign * Math.exp(carry * start) : -1;
  const on: Substitution = {
    u,
    z: u,
    spots,
    count,
    pivot: 1,
    ratio: 0,
    lambda: 0,
    alpha: strike,
    beta: stock,
    curveAlpha: scale * rate * strike,
    curveBeta: american ? scale * m.yield * stock : 0,
  };
  let grown = lineSlope * spot0;
  let floor = Number.NEGATIVE_INFINITY;
  let begin = start;
  for (let k = 1; k <= steps; k += 1) {
    const end = start + (span - start) * raised(k / steps, power);
    const dt = end - begin;
    begin = end;
    const lambda = (0.5 * GAMMA * dt * half) / (h * h);
    const off = TWELFTH - lambda;
    const diagonal = 5 / 6 + 2 * lambda;
    // The pivots' fixed point: the elimination of a grid that goes on without end beyond the last node.
    const pivot = 0.5 * (diagonal + Math.sqrt(diagonal * diagonal - 4 * off * off));
    const ratio = -off / pivot;
    const sides = TWELFTH + lambda;
    const centre = 5 / 6 - 2 * lambda;
    grown *= exponential(half * GAMMA * dt);
    let boundary = grown + lineBase;
    if (american) floor = advance(on, rate, carry, GAMMA * dt);
    on.u = stage;
    on.z = stage;
    on.pivot = pivot;
    on.ratio = ratio;
    on.lambda = lambda;
    let stop = boundary <= floor && !between ? stopOf(last) : 1;
    // Right side of the trapezoidal stage, eliminated from the far end on the way.
    let above = 0;
    let here = u[last] ?? 0;
    let z = 0;
    const squared = ratio * ratio;
    let i = last;
    for (;;) {
      // Two nodes a turn: z_(i-1) = r_(i-1) + m r_i + m^2 z_(i+1) halves the chain of dependent operations.
      for (; i > stop; i -= 2) {
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
      if (stop === 1 || rests(on, stop)) break;
      stop = 1;
    }
    if (i === 1) {
      let right = sides * (above + (u[0] ?? 0)) + centre * here;
      if (contact === 1) right += lambda * contactDefect;
      stage[1] = right + ratio * z;
    }
    substitute(on, Math.max(boundary, floor), between, stop);
    grown *= exponential(half * (1 - GAMMA) * dt);
    boundary = grown + lineBase;
    if (american) floor = advance(on, rate, carry, (1 - GAMMA) * dt);
    on.u = u;
    on.z = u;
    stop = boundary <= floor && !between ? stopOf(last) : 1;
    // Right side of the BDF2 stage: the mass matrix on the combination.
    z = 0;
    above = 0;
    here = FROM_STAGE * (stage[last] ?? 0) - FROM_START * (u[last] ?? 0);
    i = last;
    for (;;) {
      for (; i > stop; i -= 2) {
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
      if (stop === 1 || rests(on, stop)) break;
      stop = 1;
    }
    if (i === 1) {
      const next = FROM_STAGE * (stage[0] ?? 0) - FROM_START * (u[0] ?? 0);
      u[1] = TWELFTH * (above + next) + FIVE_SIXTHS * here + ratio * z;
    }
    substitute(on, Math.max(boundary, floor), between, stop);
    contact = firstAbove;
    contactDefect = defect;
  }
}
