import { certainPrice, type DiscreteDividend, discreteDividendPrice, FINE_DIVIDENDS } from '../dividends/index.ts';
import type { OptionGreeks } from '../european.ts';
import type { Outcome } from '../european/outcomes.ts';
import type { ListedOption, OptionFigures } from './figures.ts';

/** A volatility is looked for up to the larger of this and of so many deviations over the life: hours before the expiry thousands of percent are nothing. */
const HIGHEST_VOLATILITY = 10;
const MOST_DEVIATIONS = 3;
const MOST_STEPS = 80;
const VOLATILITY_BUMP = 0.005;
const RATE_BUMP = 0.0005;
const PER_POINT = 0.01;
/** Of the strike: the grid's accuracy at a tiny deviation, within which a price counts as the exercise value. */
const AT_EXERCISE = 1e-7;

/**
 * Figures of one contract on a stock that pays `dividends` at known instants, by the jump model on its fine grid: slower (milliseconds) than
 * a slice of many contracts, for either exercise style. Vega and rho are central differences.
 */
export function figuresWithDividends(
  option: ListedOption,
  dividends: readonly DiscreteDividend[],
  known: { readonly kind: 'volatility' | 'price'; readonly value: number },
): OptionFigures {
  if (known.kind === 'volatility') {
    const { outcome, greeks } = greeksAt(option, dividends, known.value);
    const told = outcome === 'ok' || outcome === 'exercise-region' || outcome === 'expired';
    return { outcome, volatility: told ? known.value : null, greeks: told ? greeks : null };
  }
  const found = impliedAt(option, dividends, known.value);
  if (typeof found === 'string') return { outcome: found, volatility: null, greeks: null };
  return { outcome: 'ok', volatility: found, greeks: greeksAt(option, dividends, found).greeks };
}

function valueAt(
  option: ListedOption,
  dividends: readonly DiscreteDividend[],
  volatility: number,
): ReturnType<typeof discreteDividendPrice> {
  const { style, ...terms } = option;
  return discreteDividendPrice({ ...terms, volatility, exercise: style, dividends }, FINE_DIVIDENDS);
}

function greeksAt(
  option: ListedOption,
  dividends: readonly DiscreteDividend[],
  volatility: number,
): { outcome: Outcome; greeks: OptionGreeks } {
  const { kind, price, delta, gamma, theta } = valueAt(option, dividends, volatility);
  const bump = Math.min(VOLATILITY_BUMP, 0.5 * volatility);
  const slope = (up: number, down: number, width: number): number =>
    width > 0 ? ((up - down) / width) * PER_POINT : 0;
  const alive = kind === 'ok';
  const vega = alive
    ? slope(
        valueAt(option, dividends, volatility + bump).price,
        valueAt(option, dividends, volatility - bump).price,
        2 * bump,
      )
    : 0;
  const rho = alive
    ? slope(
        valueAt({ ...option, rate: option.rate + RATE_BUMP }, dividends, volatility).price,
        valueAt({ ...option, rate: option.rate - RATE_BUMP }, dividends, volatility).price,
        2 * RATE_BUMP,
      )
    : 0;
  return { outcome: kind, greeks: { price, delta, gamma, vega, theta, rho } };
}

/** The volatility at which the grid's value is `price`: regula falsi with the Illinois rule inside a bracket. */
function impliedAt(option: ListedOption, dividends: readonly DiscreteDividend[], price: number): number | Outcome {
  const { style, ...terms } = option;
  if (!(price > 0 && Number.isFinite(price))) return 'no-quote';
  if (option.years <= 0) return 'expired';
  const least = certainPrice({ ...terms, volatility: 0, exercise: style, dividends });
  const exercised =
    style === 'american' ? Math.max((option.right === 'call' ? 1 : -1) * (option.spot - option.strike), 0) : 0;
  const slack = AT_EXERCISE * option.strike;
  if (price <= least + slack) {
    const atExercise = exercised > 0 && exercised >= least - slack && price >= exercised - slack;
    return atExercise ? 'exercise-region' : 'below-intrinsic';
  }
  let low = 0;
  let high = Math.max(HIGHEST_VOLATILITY, MOST_DEVIATIONS / Math.sqrt(option.years));
  let below = least - price;
  const top = valueAt(option, dividends, high);
  if (top.kind === 'no-quote') return 'no-quote';
  let above = top.price - price;
  if (above <= 0) return 'above-maximum';
  let side = 0;
  for (let step = 0; step < MOST_STEPS && high - low > 1e-10; step += 1) {
    // The first steps halve: the price is flat at both ends of so wide a bracket.
    const middle = step < 6 ? 0.5 * (low + high) : (low * above - high * below) / (above - below);
    const excess = valueAt(option, dividends, middle).price - price;
    if (Math.abs(excess) < 1e-12 * option.strike) return middle;
    if (excess > 0) {
      high = middle;
      above = excess;
      if (side > 0) below *= 0.5;
      side = 1;
    } else {
      low = middle;
      below = excess;
      if (side < 0) above *= 0.5;
      side = -1;
    }
  }
  return 0.5 * (low + high);
}
