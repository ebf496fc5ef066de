import type { OptionContract } from '@trading-agent/instruments';

/** What the margin rules distinguish about an underlying. */
export interface UnderlyingTerms {
  /** `broad-index`: options on a broad-based index, or on a fund that tracks one (FINRA Rule 4210(f)(2)(E)(i)). */
  readonly kind: 'equity' | 'broad-index';
  /** Factor of a leveraged or inverse fund (2 for a fund that doubles its index or its inverse), 1 for anything else (FINRA Notice 09-53). */
  readonly leverage: number;
}

/** Fractions of the underlying's price unless said otherwise. */
export interface MarginRates {
  /** Uncovered short options, FINRA Rule 4210(f)(2)(E)(i), Cboe Rule 10.3(c)(5)(A): share of the underlying, and the least share of underlying (calls) or strike (puts). */
  readonly uncovered: { readonly equity: number; readonly 'broad-index': number; readonly minimum: number };
  /** Long stock: Regulation T 220.12(a) at purchase, FINRA Rule 4210(c)(1) afterwards. */
  readonly longStock: { readonly initial: number; readonly maintenance: number };
  /** Short stock, proceeds included: Regulation T 220.12(c)(1) at sale; afterwards FINRA Rule 4210(c)(2) and (3), dollars per share where named so. */
  readonly shortStock: {
    readonly initial: number;
    readonly maintenance: number;
    readonly perShare: number;
    readonly cheapBelow: number;
    readonly cheapPerShare: number;
  };
  /** Share of the strike for stock protected by an option: FINRA Rule 4210(f)(2)(H)(v). */
  readonly hedgedStrike: number;
  /** Share of the call's strike for a collar, at most: FINRA Rule 4210(f)(2)(H)(v). */
  readonly collarCall: number;
}

/** Regulation T and the exchange minimums; a broker's house rates may be higher. */
export const REGULATION_T: MarginRates = Object.freeze({
  uncovered: Object.freeze({ equity: 0.2, 'broad-index': 0.15, minimum: 0.1 }),
  longStock: Object.freeze({ initial: 0.5, maintenance: 0.25 }),
  shortStock: Object.freeze({ initial: 1.5, maintenance: 1.3, perShare: 5, cheapBelow: 5, cheapPerShare: 2.5 }),
  hedgedStrike: 0.1,
  collarCall: 0.25,
});

export interface MarginTerms {
  /** `cash`: stock is paid in full, shorts are covered by stock, cash or (European, cash-settled, of one expiry) a long option. */
  readonly account: 'margin' | 'cash';
  /** True when the broker lets the account be short without cover. */
  readonly uncovered: boolean;
  readonly rates: MarginRates;
  underlying(ticker: string): UnderlyingTerms;
}

/** A margin account that may not sell uncovered, which is what Alpaca's option levels 1 to 3 are. */
export const COVERED_MARGIN: MarginTerms = Object.freeze({
  account: 'margin',
  uncovered: false,
  rates: REGULATION_T,
  underlying: plainEquity,
});

function plainEquity(): UnderlyingTerms {
  return { kind: 'equity', leverage: 1 };
}

export interface HeldOption {
  readonly contract: OptionContract;
  /** Contracts, negative when short. */
  readonly quantity: number;
}

export interface HeldStock {
  readonly symbol: string;
  /** Shares, negative when short. */
  readonly quantity: number;
}

export interface Holdings {
  readonly options: readonly HeldOption[];
  readonly stocks: readonly HeldStock[];
}

/** Where margin looks up prices: dollars per share of a stock ticker, an index or an option symbol, `null` when there is none. */
export interface MarginMarket {
  price(symbol: string): number | null;
}
