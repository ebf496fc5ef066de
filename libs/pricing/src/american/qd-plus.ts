import { DENSITY, tableBoth, tableCdf, tableExp } from './normal-table.ts';

const STEPS = 8;
const CLOSE = 1e-4;

/**
 * Approximate exercise boundary of an American put with strike 1 at time to expiry `tau`: the QD+ equation of M. Li,
 * "Analytical Approximations for the Critical Stock Prices of American Options: A Performance Comparison" (2009), section 4,
 * multiplied out so that it is smooth in the boundary:  S (1 - e^(-qτ) Φ(-d+)) + A (1 - S - p) + C θ = 0.
 * Needs rate >= 0 (at 0 the limit of α/h is used). Newton in S from `start`; returns S in (0, cap].
 * With `accuracy` the iteration goes on until the relative change is below it.
 */
export function qdPlusBoundary(
  tau: number,
  rate: number,
  dividendYield: number,
  volatility: number,
  cap: number,
  start: number,
  accuracy: number = CLOSE,
): number {
  const variance = volatility * volatility;
  const h = -Math.expm1(-rate * tau);
  const alpha = (2 * rate) / variance;
  const alphaOverH = h > 0 ? alpha / h : 2 / (variance * tau);
  const shape = (2 * (rate - dividendYield)) / variance - 1;
  const root = Math.sqrt(shape * shape + 4 * alphaOverH);
  const exponent = -0.5 * (shape + root);
  // 2λ + β - 1 = -root
  const correction = ((1 - h) * alphaOverH) / root;
  const a = exponent + correction * (1 - alphaOverH / (root * root));
  const c = -2 / (variance * root);
  const deviation = volatility * Math.sqrt(tau);
  const inverse = 1 / deviation;
  const discount = 1 - h;
  const carry = tableExp(-dividendYield * tau);
  const drift = (rate - dividendYield) * tau * inverse + 0.5 * deviation;
  const decay = 0.5 * variance * inverse;
  let boundary = start;
  let logarithm = Math.log(start);
  for (let step = 0; step < STEPS; step += 1) {
    const upper = logarithm * inverse + drift;
    const lower = upper - deviation;
    const below = carry * tableBoth(-upper);
    const density = carry * (DENSITY[0] ?? 0);
    const left = discount * tableCdf(-lower);
    const european = left - boundary * below;
    const theta = rate * left - dividendYield * boundary * below - decay * boundary * density;
    const value = boundary * (1 - below) + a * (1 - boundary - european) + c * theta;
    const slope =
      (1 - a) * (1 - below) +
      density * inverse +
      c *
        (-(rate - dividendYield) * density * inverse - dividendYield * below - decay * density * (1 - upper * inverse));
    let next = boundary - value / slope;
    if (!(next < cap)) next = 0.5 * (boundary + cap);
    if (!(next > 0.25 * boundary)) next = 0.25 * boundary;
    const change = (next - boundary) / boundary;
    boundary = next;
    if (change < accuracy && change > -accuracy) break;
    logarithm = Math.log(next);
  }
  return boundary;
}
