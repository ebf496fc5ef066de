import type { MarketDate, Micros } from '@trading-agent/core';
import type { Bar, OptionContract, Quote, Trade } from '@trading-agent/instruments';

/** Everything that became known at one instant. Quotes: at most one per symbol (the last), in symbol order. */
export interface MarketStep {
  readonly at: Micros;
  readonly quotes: readonly Quote[];
  /** Bars whose window ended at `at`: underlyings and options, in symbol order. */
  readonly bars: readonly Bar[];
  readonly trades: readonly Trade[];
}

/** A row that could not be read: where it stands and why. The rest of the file is used. */
export interface QuarantinedRow {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

/** One day of one or more underlyings, from a recording or a generator: what market-sim serves and the backtester runs. */
export interface MarketDay {
  readonly date: MarketDate;
  readonly underlyings: readonly string[];
  /** All contracts that the day names, in canonical order (`compareContracts`). */
  readonly contracts: readonly OptionContract[];
  /** Strictly increasing in time. */
  readonly steps: readonly MarketStep[];
  /** Minute bars of the underlyings from the last session before `date`, oldest first; empty when unknown. */
  readonly history: readonly Bar[];
  /** The first rows that could not be read (at most `MAX_QUARANTINED` are kept), in reading order. */
  readonly quarantined: readonly QuarantinedRow[];
  /** How many rows could not be read in all. */
  readonly quarantinedTotal: number;
}
