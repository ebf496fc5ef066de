import type { OptionInput } from '../../european.ts';

/**
 * American value on the binomial tree of D. Leisen and M. Reimer, "Binomial Models for Option Valuation - Examining and Improving
 * Convergence" (1996), with the Peizer-Pratt inversion of method 2; `steps` odd. An independent check, good to about 1e-3.
 */
export function leisenReimer(input: OptionInput, steps: number): number {
  const { spot, strike, years, rate, yield: dividendYield, volatility, right } = input;
  const sign = right === 'call' ? 1 : -1;
  const deviation = volatility * Math.sqrt(years);
  const d1 = (Math.log(spot / strike) + (rate - dividendYield) * years) / deviation + 0.5 * deviation;
  const inversion = (z: number): number => {
    const scaled = z / (steps + 1 / 3 + 0.1 / (steps + 1));
    return 0.5 + Math.sign(z) * Math.sqrt(0.25 - 0.25 * Math.exp(-scaled * scaled * (steps + 1 / 6)));
  };
  const dt = years / steps;
  const growth = Math.exp((rate - dividendYield) * dt);
  const upShare = inversion(d1);
  const chance = inversion(d1 - deviation);
  const up = (growth * upShare) / chance;
  const down = (growth - chance * up) / (1 - chance);
  const discount = Math.exp(-rate * dt);
  const payoff = (level: number, ups: number): number =>
    Math.max(sign * (spot * up ** ups * down ** (level - ups) - strike), 0);
  const values = Array.from({ length: steps + 1 }, (_, ups) => payoff(steps, ups));
  for (let level = steps - 1; level >= 0; level -= 1) {
    for (let ups = 0; ups <= level; ups += 1) {
      const held = discount * (chance * (values[ups + 1] ?? 0) + (1 - chance) * (values[ups] ?? 0));
      values[ups] = Math.max(held, payoff(level, ups));
    }
  }
  return values[0] ?? 0;
}
