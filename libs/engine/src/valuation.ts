import { daysBetween } from '@trading-agent/core';
import { midpoint, type OptionContract } from '@trading-agent/instruments';
import { impliedVolatility, optionPrice } from '@trading-agent/pricing';
import type { Valuation, ValuationTerms } from '@trading-agent/risk';
import type { EngineState } from './state.ts';

/** An option at or below its exercise value has no time value: it moves like the stock, which this volatility says. */
const NO_TIME_VALUE = 0.01;
/** Strikes that are looked at on each side for a quoted neighbour. */
const NEIGHBOURS = 3;

/** Values contracts at the marks of one moment, each implied volatility computed once. No interest and no dividends, as everywhere in the engine. */
export class MarkedValuation implements Valuation {
  readonly #state: EngineState;
  readonly #volatilities = new Map<string, number | null>();

  constructor(state: EngineState) {
    this.#state = state;
  }

  terms({ expiry }: OptionContract): ValuationTerms {
    // Half a day at least: on the last day the time left is a fraction that the date alone does not tell.
    const years = Math.max(daysBetween(this.#state.session.date, expiry), 0.5) / 365;
    return { years, rate: 0, yield: 0, dividends: 0 };
  }

  earlyExercise(): null {
    return null;
  }

  volatility(contract: OptionContract): number | null {
    const known = this.#volatilities.get(contract.symbol);
    if (known !== undefined) return known;
    const volatility = this.#implied(contract, this.#state.book.mark(contract.symbol));
    this.#volatilities.set(contract.symbol, volatility);
    return volatility;
  }

  modelPrice(contract: OptionContract): number | null {
    const underlying = this.#state.underlyings.get(contract.underlying);
    const spot = underlying?.spot ?? null;
    if (underlying === undefined || spot === null) return null;
    const strikes = underlying.chain.strikes(contract.expiry);
    const own = strikes.indexOf(contract.strike);
    if (own < 0) return null;
    const below = this.#neighbour(contract, strikes.slice(Math.max(0, own - NEIGHBOURS), own).reverse());
    const above = this.#neighbour(contract, strikes.slice(own + 1, own + 1 + NEIGHBOURS));
    const volatility = between(below, above, contract.strike);
    if (volatility === null) return null;
    const { strike, right } = contract;
    return optionPrice({ spot, strike, right, ...this.terms(contract), volatility });
  }

  /** The first of `strikes` whose contract is quoted on both sides now and has a volatility. */
  #neighbour({ underlying, expiry, right }: OptionContract, strikes: readonly number[]): Neighbour | null {
    for (const strike of strikes) {
      const contract = this.#state.underlyings.get(underlying)?.chain.find(expiry, strike, right);
      const quote = contract === undefined ? undefined : this.#state.book.quote(contract.symbol);
      if (contract === undefined || quote === undefined || quote.bid === null || quote.ask === null) continue;
      const volatility = quote.ask < quote.bid ? null : this.#implied(contract, midpoint(quote));
      if (volatility !== null) return { strike, volatility };
    }
    return null;
  }

  #implied(contract: OptionContract, price: number | null): number | null {
    const spot = this.#state.underlyings.get(contract.underlying)?.spot ?? null;
    if (spot === null || price === null) return null;
    const { strike, right } = contract;
    const solved = impliedVolatility({ spot, strike, right, ...this.terms(contract), price });
    if (solved.kind === 'ok') return solved.volatility;
    return solved.kind === 'below-intrinsic' || solved.kind === 'exercise-region' ? NO_TIME_VALUE : null;
  }
}

interface Neighbour {
  readonly strike: number;
  readonly volatility: number;
}

/** Linear in the logarithm of the strike; flat beyond the last neighbour. */
function between(below: Neighbour | null, above: Neighbour | null, strike: number): number | null {
  if (below === null || above === null) return (below ?? above)?.volatility ?? null;
  const weight = Math.log(strike / below.strike) / Math.log(above.strike / below.strike);
  return below.volatility + weight * (above.volatility - below.volatility);
}
