import type { Micros } from '@trading-agent/core';
import { midpoint, type OptionContract } from '@trading-agent/instruments';
import type { ExpiryPricer } from '@trading-agent/pricing';
import type { EarlyExercise, Valuation, ValuationTerms } from '@trading-agent/risk';
import { freshQuote, pricerOf } from './contract-pricer.ts';
import type { EngineState } from './state.ts';

/** An option at or below its exercise value has no time value: it moves like the stock, which this volatility says. */
const NO_TIME_VALUE = 0.01;
/** Strikes that are looked at on each side for a quoted neighbour. */
const NEIGHBOURS = 3;
const UNKNOWN: ValuationTerms = { years: Number.NaN, rate: 0, yield: 0, dividends: 0 };

/** Values contracts at the marks of one moment, with the rates, dividends and forwards that the strategies price with. */
export class MarkedValuation implements Valuation {
  readonly #state: EngineState;
  readonly #at: Micros;
  readonly #maxQuoteAge: number;
  readonly #expiries = new Map<string, ExpiryPricer | null>();
  readonly #terms = new Map<ExpiryPricer, ValuationTerms>();

  /** `maxQuoteAge`: microseconds; older quotes of neighbours say nothing of a contract. */
  constructor(state: EngineState, at: Micros, maxQuoteAge: number) {
    this.#state = state;
    this.#at = at;
    this.#maxQuoteAge = maxQuoteAge;
  }

  terms(contract: OptionContract): ValuationTerms {
    const pricer = this.#pricer(contract);
    if (pricer === null) return UNKNOWN;
    let terms = this.#terms.get(pricer);
    if (terms === undefined) {
      const { years, rate, yield: borrow, paid } = pricer.inputs;
      this.#terms.set(pricer, (terms = { years, rate, yield: borrow, dividends: paid }));
    }
    return terms;
  }

  volatility(contract: OptionContract): number | null {
    const pricer = this.#pricer(contract);
    const mark = this.#state.book.mark(contract.symbol);
    return pricer === null || mark === null ? null : impliedBy(pricer, contract, mark);
  }

  earlyExercise(contract: OptionContract): EarlyExercise | null {
    return this.#pricer(contract)?.earlyExercise(contract) ?? null;
  }

  modelPrice(contract: OptionContract): number | null {
    const pricer = this.#pricer(contract);
    const strikes = this.#state.underlyings.get(contract.underlying)?.chain.seriesOf(contract)?.strikes ?? [];
    const own = strikes.indexOf(contract.strike);
    if (pricer === null || own < 0) return null;
    const below = this.#neighbour(pricer, contract, strikes.slice(Math.max(0, own - NEIGHBOURS), own).reverse());
    const above = this.#neighbour(pricer, contract, strikes.slice(own + 1, own + 1 + NEIGHBOURS));
    const volatility = between(below, above, contract.strike);
    return volatility === null ? null : pricer.value(contract, volatility);
  }

  #pricer(contract: OptionContract): ExpiryPricer | null {
    const key = `${contract.root} ${contract.expiry}`;
    const known = this.#expiries.get(key);
    if (known !== undefined) return known;
    const pricer = pricerOf(this.#state, contract, this.#at, this.#maxQuoteAge);
    this.#expiries.set(key, pricer);
    return pricer;
  }

  /** The first of `strikes` whose contract is quoted on both sides now and has a volatility. */
  #neighbour(pricer: ExpiryPricer, beside: OptionContract, strikes: readonly number[]): Neighbour | null {
    const known = this.#state.underlyings.get(beside.underlying);
    const series = known?.chain.seriesOf(beside);
    if (known === undefined || series === undefined) return null;
    for (const strike of strikes) {
      const contract = series.find(strike, beside.right);
      if (contract === undefined) continue;
      const quote = freshQuote(this.#state, known, contract.symbol, this.#at, this.#maxQuoteAge);
      const volatility = quote === null ? null : impliedBy(pricer, contract, midpoint(quote));
      if (volatility !== null) return { strike, volatility };
    }
    return null;
  }
}

function impliedBy(pricer: ExpiryPricer, contract: OptionContract, price: number | null): number | null {
  if (price === null) return null;
  const { outcome, volatility } = pricer.figuresOf(contract, price);
  if (outcome === 'below-intrinsic' || outcome === 'exercise-region') return NO_TIME_VALUE;
  return volatility;
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
