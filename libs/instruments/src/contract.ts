import type { MarketDate } from '@trading-agent/core';
import { type OptionRight, type OptionSymbol, formatOptionSymbol, parseOptionSymbol } from './option-symbol.ts';
import { rootInfo } from './option-roots.ts';

/** One listed option, all that its terms are. */
export interface OptionContract {
  readonly symbol: OptionSymbol;
  readonly root: string;
  readonly underlying: string;
  readonly expiry: MarketDate;
  readonly right: OptionRight;
  /** Dollars per share. */
  readonly strike: number;
  /** Dollars of premium per 1.00 of price; 100 for standard contracts, 10 for minis. */
  readonly multiplier: number;
  readonly style: 'american' | 'european';
  readonly settlement: 'physical' | 'cash';
  readonly settles: 'am' | 'pm';
  /** True when the deliverable is not `multiplier` shares of the underlying (corporate action): never traded. */
  readonly adjusted: boolean;
}

/** What a vendor states beside the symbol; it overrides what the root implies. */
export interface ContractTerms {
  readonly underlying?: string;
  readonly multiplier?: number;
  readonly style?: 'american' | 'european';
  readonly adjusted?: boolean;
}

/**
 * The contract that a symbol names, with the terms its root implies or a vendor states.
 * @throws {TradingError} `INVALID_SYMBOL`.
 */
export function optionContract(symbol: string, terms: ContractTerms = {}): OptionContract {
  const parts = parseOptionSymbol(symbol);
  const root = rootInfo(parts.root);
  const multiplier = terms.multiplier ?? (root.mini ? 10 : 100);
  return {
    symbol: formatOptionSymbol(parts),
    ...parts,
    underlying: terms.underlying ?? root.underlying,
    multiplier,
    style: terms.style ?? root.style,
    settlement: root.settlement,
    settles: root.settles,
    adjusted: terms.adjusted ?? (root.adjusted || (multiplier !== 100 && !root.mini)),
  };
}

/** Canonical order of contracts: underlying, expiry, strike, call before put. */
export function compareContracts(a: OptionContract, b: OptionContract): number {
  return (
    compareText(a.underlying, b.underlying) ||
    compareText(a.expiry, b.expiry) ||
    a.strike - b.strike ||
    compareText(a.right, b.right) ||
    compareText(a.symbol, b.symbol)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
