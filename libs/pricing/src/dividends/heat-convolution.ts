/** Standard deviations of the kernel that are summed: what is beyond weighs 4e-8. */
const REACH = 5.5;
/** A narrower kernel is not told by its values on the nodes: the share of what aliases is 2 exp(-2 (pi m)^2), 3e-9 at 1. */
const LEAST_CELLS = 1;
const CAPACITY = 16_384;
const padded = new Float64Array(CAPACITY);
const weights = new Float64Array(CAPACITY >> 1);

/** The line beyond node 0 is exponential in the nodes: its weight lies a further deviation (in ln S) of the kernel out. */
const reachOf = (cells: number, h: number): number => Math.ceil((REACH + cells * h) * cells);

/** Whether a span of `cells` nodes' deviation on `count` nodes `h` apart can be crossed at once. */
export const convolves = (cells: number, count: number, h: number): boolean =>
  cells >= LEAST_CELLS && count + 2 * reachOf(cells, h) + 4 < CAPACITY;

/**
 * The heat equation over a whole span at once, where nobody exercises within it: the convolution with the Gaussian kernel of
 * deviation `cells` (in nodes), summed over the nodes. On smooth data the sum is exact to far more digits than the nodes carry (the
 * trapezoidal rule on an analytic function; Trefethen and Weideman, "The exponentially convergent trapezoidal rule", SIAM Review
 * 2014); kinks enter with their moments as for the steps. Beyond node 0 (in the money) the values go on as a line in the price,
 * beyond the last node as zeros. Multiplies by `factor` on the way.
 */
export function convolve(
  u: Float64Array,
  spots: Float64Array,
  count: number,
  sign: 1 | -1,
  h: number,
  cells: number,
  factor: number,
): void {
  const reach = reachOf(cells, h);
  const narrow = -0.5 / (cells * cells);
  // exp(narrow k^2): each is the one before times exp(narrow (2k - 1)).
  const turn = Math.exp(2 * narrow);
  let fall = Math.exp(narrow);
  let gauss = 1;
  let sum = 1;
  weights[0] = 1;
  for (let k = 1; k <= reach; k += 1) {
    gauss *= fall;
    fall *= turn;
    weights[k] = gauss;
    sum += 2 * gauss;
  }
  const scale = factor / sum;
  for (let k = 0; k <= reach; k += 1) weights[k] = scale * (weights[k] ?? 0);
  // The line a S + b through the first two nodes.
  const grow = Math.exp(sign * h);
  const spot0 = spots[0] ?? 0;
  const slope = ((u[0] ?? 0) - (u[1] ?? 0)) / (spot0 - (spots[1] ?? 0));
  const base = (u[0] ?? 0) - slope * spot0;
  let spot = spot0;
  for (let i = reach - 1; i >= 0; i -= 1) {
    spot *= grow;
    padded[i] = slope * spot + base;
  }
  for (let i = 0; i < count; i += 1) padded[reach + i] = u[i] ?? 0;
  for (let i = reach + count; i < 2 * reach + count + 4; i += 1) padded[i] = 0;
  const middle = weights[0] ?? 0;
  // Four nodes a turn: independent sums fill the processor.
  for (let i = 0; i < count; i += 4) {
    let low = reach + i;
    let high = low;
    let a = middle * (padded[low] ?? 0);
    let b = middle * (padded[low + 1] ?? 0);
    let c = middle * (padded[low + 2] ?? 0);
    let d = middle * (padded[low + 3] ?? 0);
    let l1 = padded[low] ?? 0;
    let l2 = padded[low + 1] ?? 0;
    let l3 = padded[low + 2] ?? 0;
    let h0 = padded[low + 1] ?? 0;
    let h1 = padded[low + 2] ?? 0;
    let h2 = padded[low + 3] ?? 0;
    for (let k = 1; k <= reach; k += 1) {
      low -= 1;
      high += 1;
      const weight = weights[k] ?? 0;
      const l0 = padded[low] ?? 0;
      const h3 = padded[high + 3] ?? 0;
      a += weight * (l0 + h0);
      b += weight * (l1 + h1);
      c += weight * (l2 + h2);
      d += weight * (l3 + h3);
      l3 = l2;
      l2 = l1;
      l1 = l0;
      h0 = h1;
      h1 = h2;
      h2 = h3;
    }
    u[i] = a;
    u[i + 1] = b;
    u[i + 2] = c;
    u[i + 3] = d;
  }
}
