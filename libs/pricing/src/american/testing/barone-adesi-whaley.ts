import { optionPrice, type OptionInput } from '../../european.ts';
import { normalCdf } from '../../normal.ts';

/**
 * The quadratic approximation of G. Barone-Adesi and R. Whaley, "Efficient Analytic Approximation of American Option Values",
 * Journal of Finance 42 (1987), with the critical price by bisection. An independent check, good to a few cents per 100.
 */
export function baroneAdesiWhaley(input: OptionInput): number {
  const { spot, strike, years, rate, yield: dividendYield, volatility, right } = input;
  const sign = right === 'call' ? 1 : -1;
  const variance = volatility * volatility;
  const discounted = 1 - Math.exp(-rate * years);
  // m / (1 - e^(-rT)), and its limit without a rate.
  const m = rate === 0 ? 2 / (variance * years) : (2 * rate) / (variance * discounted);
  const n = (2 * (rate - dividendYield)) / variance;
  const exponent = 0.5 * (1 - n + sign * Math.sqrt((n - 1) ** 2 + 4 * m));
  const carried = Math.exp(-dividendYield * years);
  const slope = (at: number): number => {
    const deviation = volatility * Math.sqrt(years);
    const d1 = (Math.log(at / strike) + (rate - dividendYield) * years) / deviation + 0.5 * deviation;
    return 1 - carried * normalCdf(sign * d1);
  };
  const gap = (at: number): number =>
    sign * (at - strike) - optionPrice({ ...input, spot: at }) - (sign * slope(at) * at) / exponent;
  let low = right === 'call' ? strike : 1e-9 * strike;
  let high = right === 'call' ? 1e4 * strike : strike;
  for (let k = 0; k < 200; k += 1) {
    const middle = 0.5 * (low + high);
    // Beyond the critical price exercise pays more.
    if (gap(middle) > 0 === (right === 'call')) high = middle;
    else low = middle;
  }
  const critical = 0.5 * (low + high);
  if (sign * (spot - critical) >= 0) return sign * (spot - strike);
  return optionPrice(input) + ((sign * slope(critical) * critical) / exponent) * (spot / critical) ** exponent;
}
