import type { DividendOption } from '../model.ts';

/**
 * American value in the escrowed model, which some vendors use: the spot less the present value of the dividends to come is lognormal, and
 * exercise is for that plus what is still to come (Hull, "Options, Futures, and Other Derivatives", chapter on binomial trees). Its
 * volatility is that of the smaller figure, hence larger than this package's. Tree of Cox, Ross and Rubinstein, mean of two step numbers.
 */
export function escrowedTree(option: DividendOption, steps: number): TreeValue {
  const one = tree(option, steps);
  const other = tree(option, steps + 1);
  return { price: 0.5 * (one.price + other.price), delta: 0.5 * (one.delta + other.delta) };
}

interface TreeValue {
  readonly price: number;
  /** Of the first two branches. */
  readonly delta: number;
}

function tree({ spot, strike, years, rate, volatility, right, dividends }: DividendOption, steps: number): TreeValue {
  const sign = right === 'call' ? 1 : -1;
  const dt = years / steps;
  const within = dividends.filter((one) => one.years > 0 && one.years < years);
  const toCome = Array.from({ length: steps + 1 }, (_, level) =>
    within
      .filter((one) => one.years > level * dt)
      .reduce((sum, one) => sum + one.cash * Math.exp(-rate * (one.years - level * dt)), 0),
  );
  const start = spot - (toCome[0] ?? 0);
  const up = Math.exp(volatility * Math.sqrt(dt));
  const chance = (Math.exp(rate * dt) - 1 / up) / (up - 1 / up);
  const rise = Math.exp(-rate * dt) * chance;
  const fall = Math.exp(-rate * dt) * (1 - chance);
  const prices = Array.from({ length: 2 * steps + 1 }, (_, k) => start * up ** (k - steps));
  const payoff = (level: number, ups: number): number =>
    Math.max(sign * ((prices[2 * ups - level + steps] ?? 0) + (toCome[level] ?? 0) - strike), 0);
  const values = Array.from({ length: steps + 1 }, (_, ups) => payoff(steps, ups));
  let delta = 0;
  for (let level = steps - 1; level >= 0; level -= 1) {
    if (level === 0) delta = ((values[1] ?? 0) - (values[0] ?? 0)) / (start * (up - 1 / up));
    for (let ups = 0; ups <= level; ups += 1) {
      values[ups] = Math.max(rise * (values[ups + 1] ?? 0) + fall * (values[ups] ?? 0), payoff(level, ups));
    }
  }
  return { price: values[0] ?? 0, delta };
}
