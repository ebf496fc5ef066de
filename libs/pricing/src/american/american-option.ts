import type { OptionGreeks, OptionInput, OptionTerms } from '../european.ts';
import { type Outcome, outcomeOf } from '../european/outcomes.ts';
import { americanEngine } from './american-batch.ts';
import { impliedAmericanVolatility } from './implied-search.ts';
import type { AmericanMode } from './put-solver.ts';

const DAYS_PER_YEAR = 365;
const PER_POINT = 0.01;

/** An American option's figures; zeros but for the price (and delta in the exercise region) where the outcome is not `ok`. */
export interface AmericanValue extends OptionGreeks {
  readonly outcome: Extract<Outcome, 'ok' | 'exercise-region' | 'expired' | 'no-quote'>;
  /** Spot at which exercise becomes optimal now, dollars; undefined where it never does or no single one exists. */
  readonly exerciseBoundary: number | undefined;
}

/**
 * One American option with continuous rate and yield, any signs; the convenience door of `americanPriceColumns`. About 0.15 ms in the
 * fine mode, 0.01 ms in the fast one; two exercise boundaries (a put with yield < rate < 0) take finite differences: 10 to 50 ms, 1e-3.
 * Never throws: inputs that are no numbers are `no-quote`.
 */
export function americanGreeks(input: OptionInput, mode: AmericanMode = 'fine'): AmericanValue {
  const engine = americanEngine(mode);
  const { spot, strike, years, rate, volatility } = input;
  engine.evaluate(spot, strike, years, rate, input.yield, volatility, input.right === 'call', true);
  const outcome = outcomeOf(engine.status);
  return {
    outcome: outcome === 'ok' || outcome === 'exercise-region' || outcome === 'expired' ? outcome : 'no-quote',
    price: engine.price,
    delta: engine.delta,
    gamma: engine.gamma,
    vega: engine.vega * PER_POINT,
    theta: engine.theta / DAYS_PER_YEAR,
    rho: engine.rho * PER_POINT,
    exerciseBoundary: engine.boundary > 0 && engine.boundary < Infinity ? engine.boundary : undefined,
  };
}

export type AmericanImplied =
  | { readonly kind: 'ok'; readonly volatility: number }
  | { readonly kind: Exclude<Outcome, 'ok'> };

/** The volatility at which the American option is worth `price`, for one contract; whole chains are far cheaper by `AmericanChain`. Never throws. */
export function americanImpliedVolatility(
  quote: OptionTerms & { readonly price: number },
  mode: AmericanMode = 'fine',
): AmericanImplied {
  const search = impliedAmericanVolatility(mode);
  search.solve(quote.price, quote.spot, quote.strike, quote.years, quote.rate, quote.yield, quote.right === 'call');
  const kind = outcomeOf(search.status);
  return kind === 'ok' ? { kind, volatility: search.volatility } : { kind };
}
