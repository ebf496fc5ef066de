import { ABOVE_MAXIMUM, BELOW_INTRINSIC, EXERCISE_REGION, EXPIRED, NO_QUOTE, OK } from '../european/outcomes.ts';
import { americanEngine } from './american-batch.ts';
import type { AmericanEngine } from './engine.ts';
import type { AmericanMode } from './put-solver.ts';

const AT_INTRINSIC = 1e-11;
const LOWEST = 1e-6;
const HIGHEST = 1e6;
/** Of the larger of spot and strike. */
const REPRICES = 1e-7;
const ROUNDS = 80;
const RELATIVE = 1e-13;
const CLOSE: Readonly<Record<AmericanMode, number>> = { fast: 1e-9, fine: 1e-12 };

/** One American implied volatility by safeguarded Newton steps on the engine; the result and its greeks are left in the fields. */
export interface ImpliedAmerican {
  readonly engine: AmericanEngine;
  status: number;
  volatility: number;
  solve(
    price: number,
    spot: number,
    strike: number,
    years: number,
    rate: number,
    dividendYield: number,
    call: boolean,
  ): void;
}

export function impliedAmericanVolatility(mode: AmericanMode = 'fast'): ImpliedAmerican {
  const close = CLOSE[mode];
  const engine = americanEngine(mode);
  return {
    engine,
    status: NO_QUOTE,
    volatility: 0,
    solve(price, spot, strike, years, rate, dividendYield, call) {
      this.volatility = 0;
      const at = (volatility: number, greeks: boolean): void =>
        engine.evaluate(spot, strike, years, rate, dividendYield, volatility, call, greeks);
      this.status = bounds(engine, at, price, spot, strike);
      if (this.status !== OK) return;
      // Of what the option is a part of at most.
      const tolerance = close * (call ? spot : strike);
      let low = LOWEST;
      let high = HIGHEST;
      let guess = 0.3;
      for (let round = 0; round < ROUNDS; round += 1) {
        at(guess, true);
        if (engine.status === NO_QUOTE) break;
        const miss = engine.price - price;
        // In the exercise region nothing moves: the volatility must be above.
        if (engine.status === EXERCISE_REGION || miss < 0) low = guess;
        else high = guess;
        if (engine.status === OK && Math.abs(miss) <= tolerance * 1e-3) break;
        const next = guess - miss / engine.vega;
        if (engine.status === OK && Math.abs(miss) <= tolerance && Math.abs(next - guess) < 1e-9 * guess) break;
        guess = next > low && next < high && engine.vega > 0 ? next : Math.sqrt(low * high);
        if (high - low < RELATIVE * high) break;
      }
      this.volatility = guess;
      // A volatility is only told when it gives the price again.
      if (engine.status === OK && !(Math.abs(engine.price - price) <= REPRICES * Math.max(spot, strike)))
        this.status = NO_QUOTE;
      if (engine.status !== OK) this.status = engine.status === NO_QUOTE ? NO_QUOTE : EXERCISE_REGION;
    },
  };
}

/** What the extreme volatilities say of a quote. */
function bounds(
  engine: AmericanEngine,
  at: (volatility: number, greeks: boolean) => void,
  price: number,
  spot: number,
  strike: number,
): number {
  if (!(price > 0 && price < Infinity && spot > 0 && strike > 0)) return NO_QUOTE;
  at(0, false);
  if (engine.status === EXPIRED || engine.status === NO_QUOTE) return engine.status;
  const slack = AT_INTRINSIC * Math.max(spot, strike);
  const least = engine.price;
  const exercised = engine.status === EXERCISE_REGION;
  if (price <= least + slack) return exercised && price >= least - slack ? EXERCISE_REGION : BELOW_INTRINSIC;
  at(HIGHEST, false);
  return price < engine.price ? OK : ABOVE_MAXIMUM;
}
