import type { MarketDate } from '@trading-agent/core';
import type { OptionContract, OptionRight } from '@trading-agent/instruments';

/** Which contracts are meant; every field narrows. Dates and strikes are inclusive. */
export interface ContractFilter {
  readonly underlying?: string;
  readonly right?: OptionRight;
  readonly expiryFrom?: MarketDate;
  readonly expiryTo?: MarketDate;
  /** Dollars per share. */
  readonly strikeFrom?: number;
  readonly strikeTo?: number;
}

export interface ContractListQuery extends ContractFilter {
  /** Contracts as they stood on this day; today unless given. */
  readonly asOf?: MarketDate;
  /** `true` for those that have expired, `false` (the vendor's default) for those that live on `asOf`. */
  readonly expired?: boolean;
}

/** One part of an adjusted contract's deliverable: `amount` shares of `underlying`, or dollars when `kind` is `currency`. */
export interface Deliverable {
  readonly kind: string;
  readonly underlying: string;
  readonly amount: number;
}

/** A contract with what only a listing says about it. Empty `deliverables`: the plain number of shares. */
export interface ListedContract {
  readonly contract: OptionContract;
  /** Market identifier code of the primary exchange. */
  readonly exchange: string | null;
  /** ISO 10962. */
  readonly cfi: string | null;
  /** How often the vendor has corrected the row. */
  readonly correction: number | null;
  readonly deliverables: readonly Deliverable[];
}
