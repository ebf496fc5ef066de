import { type MarketDate, type Micros, MICROS_PER_SECOND, daysBetween } from '@trading-agent/core';
import type { OptionChain, OptionContract, Quote } from '@trading-agent/instruments';
import { impliedVolatility, optionGreeks } from '@trading-agent/pricing';

/** A quote may be dated this far ahead of our clock, because no two clocks agree; one from farther ahead is not known yet. */
const CLOCK_TOLERANCE = MICROS_PER_SECOND;

/** A contract that can be both bought and sold now, with what its quote says. */
export interface QuotedContract {
  readonly contract: OptionContract;
  readonly bid: number;
  readonly ask: number;
  readonly mid: number;
  /** From the midpoint by Black-Scholes: signed, per share. */
  readonly delta: number;
  /** Decimal per year. */
  readonly volatility: number;
}

/** Everything a strategy may look at when it builds a structure: one underlying's chain as it stands at `at`. */
export class ChainView {
  readonly at: Micros;
  readonly date: MarketDate;
  readonly underlying: string;
  /** Dollars per share. */
  readonly spot: number;
  readonly chain: OptionChain;
  readonly #quote: (symbol: string) => Quote | undefined;
  readonly #maxQuoteAge: number;
  readonly #valued = new Map<string, QuotedContract | null>();

  constructor(options: {
    at: Micros;
    date: MarketDate;
    underlying: string;
    spot: number;
    chain: OptionChain;
    quote: (symbol: string) => Quote | undefined;
    /** Quotes older than this many microseconds count as absent. */
    maxQuoteAge: number;
  }) {
    this.at = options.at;
    this.date = options.date;
    this.underlying = options.underlying;
    this.spot = options.spot;
    this.chain = options.chain;
    this.#quote = options.quote;
    this.#maxQuoteAge = options.maxQuoteAge;
  }

  /** Expiries whose days to expiry lie within the bounds, nearest first. */
  expiries(dte: { readonly min: number; readonly max: number }): readonly MarketDate[] {
    return this.chain.expiries().filter((expiry) => {
      const days = daysBetween(this.date, expiry);
      return days >= dte.min && days <= dte.max;
    });
  }

  /** The contract with its greeks, or `null` when a side is not quoted, the quote is old or not yet known, or it has no implied volatility. */
  value(contract: OptionContract): QuotedContract | null {
    const known = this.#valued.get(contract.symbol);
    if (known !== undefined) return known;
    const valued = this.#value(contract);
    this.#valued.set(contract.symbol, valued);
    return valued;
  }

  #value(contract: OptionContract): QuotedContract | null {
    const quote = this.#quote(contract.symbol);
    if (quote === undefined || quote.bid === null || quote.ask === null || quote.ask < quote.bid) return null;
    const age = this.at - quote.at;
    if (age > this.#maxQuoteAge || age < -CLOCK_TOLERANCE) return null;
    const mid = (quote.bid + quote.ask) / 2;
    // Half a day at least: on the last day the time left is a fraction that the date alone does not tell.
    const years = Math.max(daysBetween(this.date, contract.expiry), 0.5) / 365;
    // No rate curve and no dividends yet: over the few weeks that are traded here both move delta by less than a strike.
    const terms = { spot: this.spot, strike: contract.strike, years, rate: 0, yield: 0, right: contract.right };
    const solved = impliedVolatility({ ...terms, price: mid });
    if (solved.kind !== 'ok') return null;
    const { delta } = optionGreeks({ ...terms, volatility: solved.volatility });
    return { contract, bid: quote.bid, ask: quote.ask, mid, delta, volatility: solved.volatility };
  }

  /** Quoted contracts of one expiry and right, by rising strike. */
  side(expiry: MarketDate, right: 'call' | 'put'): readonly QuotedContract[] {
    const found: QuotedContract[] = [];
    for (const strike of this.chain.strikes(expiry)) {
      const contract = this.chain.find(expiry, strike, right);
      const valued = contract === undefined || contract.adjusted ? null : this.value(contract);
      if (valued !== null) found.push(valued);
    }
    return found;
  }

  /** Implied volatility nearest the money of the first expiry within the bounds that has one. */
  atTheMoneyVolatility(dte: { readonly min: number; readonly max: number }): number | null {
    for (const expiry of this.expiries(dte)) {
      let best: QuotedContract | null = null;
      for (const candidate of this.side(expiry, 'call')) {
        if (
          best === null ||
          Math.abs(candidate.contract.strike - this.spot) < Math.abs(best.contract.strike - this.spot)
        )
          best = candidate;
      }
      if (best !== null) return best.volatility;
    }
    return null;
  }
}
