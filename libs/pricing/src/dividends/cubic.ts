export const weights: Float64Array = new Float64Array(4);
export const slopes: Float64Array = new Float64Array(4);

/** Weights and slopes of the cubic through 0, 1, 2, 3 at `t`. */
export function cubicWeights(t: number): void {
  const a = t - 1;
  const b = t - 2;
  const c = t - 3;
  weights[0] = (-a * b * c) / 6;
  weights[1] = (t * b * c) / 2;
  weights[2] = (-t * a * c) / 2;
  weights[3] = (t * a * b) / 6;
  slopes[0] = -(b * c + a * c + a * b) / 6;
  slopes[1] = (b * c + t * c + t * b) / 2;
  slopes[2] = -(a * c + t * c + t * a) / 2;
  slopes[3] = (a * b + t * b + t * a) / 6;
}
