import { type MarketDate, type Micros, MICROS_PER_SECOND, daysBetween } from '@trading-agent/core';
import type { OptionChain, OptionContract, OptionRight, OptionSeries, Quote } from '@trading-agent/instruments';
import type { CashDividend, ExpiryInputs, UnderlyingPricer } from '@trading-agent/pricing';
import { marketDistribution, type PriceDistribution } from './distribution.ts';
import { parityPairs, type QuotedSides, sessionPricer } from './session-pricer.ts';

/** A quote may be dated this far ahead of our clock, because no two clocks agree; one from farther ahead is not known yet. */
const CLOCK_TOLERANCE = MICROS_PER_SECOND;
/** Strikes this near the spot count as near the money. */
export const NEAR_THE_MONEY = 0.05;

/** A contract that can be both bought and sold now, with what its quote says. */
export interface QuotedContract extends QuotedSides {
  /** Signed, per share. */
  readonly delta: number;
  /** Decimal per year. */
  readonly volatility: number;
}

interface Expiry {
  readonly terms: ExpiryInputs;
  /** By rising strike, calls and puts. */
  readonly quoted: readonly QuotedContract[];
  distribution: PriceDistribution | null;
}

/** What is due for the underlying. */
export interface ComingEvents {
  /** Cash dividends that have been declared and go ex after today, nearest first. */
  readonly dividends: readonly CashDividend[];
  /** `null` when none are known. */
  readonly earnings: MarketDate | null;
}

export const NO_EVENTS: ComingEvents = { dividends: [], earnings: null };

export interface ChainViewOptions {
  readonly at: Micros;
  readonly date: MarketDate;
  readonly underlying: string;
  /** Dollars per share. */
  readonly spot: number;
  readonly chain: OptionChain;
  readonly quote: (symbol: string) => Quote | undefined;
  /** Quotes older than this many microseconds count as absent. */
  readonly maxQuoteAge: number;
  /** The session's; without it one that knows the policy rate and no dividends. */
  readonly pricer?: UnderlyingPricer;
  /** Shares of the underlying that are held and cover nothing yet. */
  readonly shares?: number;
  readonly events?: ComingEvents;
}

/**
 * Everything a strategy may look at when it builds a structure: one underlying's chain as it stands at `at`. Of a date with two series the one
 * that is settled at the close stands for the date: legs that end at different hours make no structure.
 */
export class ChainView {
  readonly at: Micros;
  readonly date: MarketDate;
  readonly underlying: string;
  /** Dollars per share. */
  readonly spot: number;
  readonly chain: OptionChain;
  readonly shares: number;
  readonly events: ComingEvents;
  readonly #quote: (symbol: string) => Quote | undefined;
  readonly #maxQuoteAge: number;
  readonly #pricer: UnderlyingPricer;
  readonly #priced = new Map<string, Expiry>();

  constructor(options: ChainViewOptions) {
    this.at = options.at;
    this.date = options.date;
    this.underlying = options.underlying;
    this.spot = options.spot;
    this.chain = options.chain;
    this.shares = options.shares ?? 0;
    this.events = options.events ?? NO_EVENTS;
    this.#quote = options.quote;
    this.#maxQuoteAge = options.maxQuoteAge;
    this.#pricer = options.pricer ?? sessionPricer(options.date);
  }

  /** Expiries whose days to expiry lie within the bounds, nearest first. */
  expiries(dte: { readonly min: number; readonly max: number }): readonly MarketDate[] {
    return this.chain.expiries().filter((expiry) => {
      const days = daysBetween(this.date, expiry);
      return days >= dte.min && days <= dte.max;
    });
  }

  /** Quoted contracts of one expiry and right, by rising strike. */
  side(expiry: MarketDate, right: OptionRight): readonly QuotedContract[] {
    return this.#expiry(expiry).quoted.filter(({ contract }) => contract.right === right);
  }

  /** The contract with its figures, or `null` when a side is not quoted, the quote is old or not yet known, or it implies no volatility. */
  value(contract: OptionContract): QuotedContract | null {
    const series = this.chain.seriesOf(contract);
    if (series === undefined) return null;
    return this.#series(series).quoted.find((one) => one.contract.symbol === contract.symbol) ?? null;
  }

  /** What the expiry is priced with. */
  terms(expiry: MarketDate): ExpiryInputs {
    return this.#expiry(expiry).terms;
  }

  /** The price at `expiry` as the options of that expiry see it; `null` without enough quotes. */
  distribution(expiry: MarketDate): PriceDistribution | null {
    const found = this.#expiry(expiry);
    return (found.distribution ??= marketDistribution(found.quoted, found.terms));
  }

  /** Implied volatility nearest the money of the first expiry within the bounds that has one. */
  atTheMoneyVolatility(dte: { readonly min: number; readonly max: number }): number | null {
    for (const expiry of this.expiries(dte)) {
      const nearest = this.#nearestCall(expiry);
      if (nearest !== null) return nearest.volatility;
    }
    return null;
  }

  /** Median of (ask - bid) / mid of the contracts near the money of the first expiry that has any; `null` when none is quoted. */
  spreadNearTheMoney(dte: { readonly min: number; readonly max: number }): number | null {
    for (const expiry of this.expiries(dte)) {
      const spreads = this.#expiry(expiry)
        .quoted.filter(({ contract }) => Math.abs(contract.strike / this.spot - 1) <= NEAR_THE_MONEY)
        .map(({ bid, ask, mid }) => (ask - bid) / mid)
        .sort((a, b) => a - b);
      const median = spreads[Math.floor(spreads.length / 2)];
      if (median !== undefined) return median;
    }
    return null;
  }

  #nearestCall(expiry: MarketDate): QuotedContract | null {
    let best: QuotedContract | null = null;
    for (const one of this.side(expiry, 'call')) {
      if (best === null || Math.abs(one.contract.strike - this.spot) < Math.abs(best.contract.strike - this.spot))
        best = one;
    }
    return best;
  }

  #expiry(expiry: MarketDate): Expiry {
    return this.#series(this.chain.series(expiry)[0] ?? { expiry, settles: 'pm', contracts: [] });
  }

  #series({ expiry, settles, contracts }: Pick<OptionSeries, 'expiry' | 'settles' | 'contracts'>): Expiry {
    const key = `${expiry} ${settles}`;
    const known = this.#priced.get(key);
    if (known !== undefined) return known;
    const sides = contracts.flatMap((contract) => this.#sides(contract) ?? []);
    const { root, style } = contracts[0] ?? { root: this.underlying, style: 'american' };
    const { at, spot } = this;
    const pricer = this.#pricer.expiry({ expiry, root, settles, style, at, spot, pairs: () => parityPairs(sides) });
    const figures = pricer.figures(
      sides.map(({ contract }) => contract),
      sides.map(({ mid }) => mid),
    );
    const quoted = sides.flatMap((one, index): QuotedContract[] => {
      const { volatility = null, greeks = null } = figures[index] ?? {};
      return volatility === null || greeks === null || !(volatility > 0)
        ? []
        : [{ ...one, volatility, delta: greeks.delta }];
    });
    const made: Expiry = { terms: pricer.inputs, quoted, distribution: null };
    this.#priced.set(key, made);
    return made;
  }

  #sides(contract: OptionContract): QuotedSides | null {
    const quote = this.#quote(contract.symbol);
    if (quote === undefined || quote.bid === null || quote.ask === null || !(quote.ask >= quote.bid)) return null;
    const age = this.at - quote.at;
    if (age > this.#maxQuoteAge || age < -CLOCK_TOLERANCE) return null;
    return { contract, bid: quote.bid, ask: quote.ask, mid: (quote.bid + quote.ask) / 2 };
  }
}
