import { backwardDividends, type DividendOption } from '../model.ts';

/** Prices up to so many strikes. */
const REACH = 12;

/** Cubic through the nodes about a place, a straight line at the ends. */
function read(values: Float64Array, place: number): number {
  const j = Math.min(Math.floor(place), values.length - 2);
  const t = place - j;
  const at = (i: number): number => values[j + i] ?? 0;
  if (j < 1 || j > values.length - 3) return at(0) * (1 - t) + at(1) * t;
  const outer = t * (t - 1);
  const inner = (t + 1) * (t - 2);
  return (-outer * (t - 2) * at(-1) + outer * (t + 1) * at(2)) / 6 + (inner * ((t - 1) * at(0) - t * at(1))) / 2;
}

/** American put on `nodes` equal steps of the price itself, by implicit Euler steps: a stock worth nothing is a node, not a limit. */
function solve(option: DividendOption, nodes: number, steps: number): number {
  const { strike, rate, volatility, years } = option;
  const h = (REACH * strike) / nodes;
  const floor = Float64Array.from({ length: nodes + 1 }, (_, i) => Math.max(strike - i * h, 0));
  let values = Float64Array.from(floor);
  const lower = new Float64Array(nodes);
  const upper = new Float64Array(nodes);
  const pivots = new Float64Array(nodes);
  const right = new Float64Array(nodes);
  const march = (span: number): void => {
    const count = Math.max(8, Math.ceil((steps * span) / years));
    const dt = span / count;
    for (let i = nodes - 1; i >= 1; i -= 1) {
      const diffusion = (volatility * i) ** 2;
      const drift = (rate - option.yield) * i;
      lower[i] = -0.5 * dt * (diffusion - drift);
      upper[i] = -0.5 * dt * (diffusion + drift);
      const further = i === nodes - 1 ? 0 : ((upper[i] ?? 0) * (lower[i + 1] ?? 0)) / (pivots[i + 1] ?? 1);
      pivots[i] = 1 + dt * (diffusion + rate) - further;
    }
    for (let k = 0; k < count; k += 1) {
      right[nodes - 1] = values[nodes - 1] ?? 0;
      for (let i = nodes - 2; i >= 1; i -= 1)
        right[i] = (values[i] ?? 0) - ((upper[i] ?? 0) * (right[i + 1] ?? 0)) / (pivots[i + 1] ?? 1);
      values[0] = strike;
      for (let i = 1; i < nodes; i += 1) {
        const held = ((right[i] ?? 0) - (lower[i] ?? 0) * (values[i - 1] ?? 0)) / (pivots[i] ?? 1);
        values[i] = Math.max(held, floor[i] ?? 0);
      }
    }
  };
  let from = years;
  for (const one of backwardDividends(option.dividends, years)) {
    march(from - one.years);
    from = one.years;
    const after = values;
    values = Float64Array.from(floor, (least, i) => Math.max(least, read(after, Math.max(i - one.cash / h, 0))));
  }
  march(from);
  return read(values, option.spot / h);
}

/**
 * Value of an American put with cash dividends, dollars, by a scheme that shares nothing with the package's own: nodes in the price, extrapolated in
 * both steps (the error is of the first order in time, of the second in price).
 */
export function putByPrices(option: DividendOption, nodes = 3000, steps = 800): number {
  const fine = solve(option, nodes, 2 * steps);
  const inTime = fine - solve(option, nodes, steps);
  const inPrice = solve(option, nodes / 2, 2 * steps) - fine;
  return fine + inTime - inPrice / 3;
}
