import { type MarketDate, TradingError } from '@trading-agent/core';
import { type OptionContract, compareContracts } from './contract.ts';
import type { OptionRight } from './option-symbol.ts';

/** The contracts of one expiry date that are settled at the same hour: they share the time to expiry, the forward and the smile. */
export interface OptionSeries {
  readonly expiry: MarketDate;
  readonly settles: OptionContract['settles'];
  /** Dollars, ascending: strikes at which a call or a put is listed. */
  readonly strikes: readonly number[];
  /** In canonical order. */
  readonly contracts: readonly OptionContract[];
  find(strike: number, right: OptionRight): OptionContract | undefined;
}

/**
 * The standard contracts of one underlying, looked up by terms. Adjusted and mini contracts are left out: they are never traded, and would
 * hide the standard contract of the same terms. A date may have two series: SPX is settled at the opening prices, SPXW at the close.
 */
export class OptionChain {
  readonly underlying: string;
  /** Number of contracts. */
  readonly size: number;
  readonly #series = new Map<MarketDate, readonly OptionSeries[]>();

  /** @throws {TradingError} `INVALID_VALUE` when a contract is of another underlying. */
  constructor(underlying: string, contracts: Iterable<OptionContract>) {
    this.underlying = underlying;
    const bySymbol = new Map<string, OptionContract>();
    for (const contract of contracts) {
      if (contract.underlying !== underlying)
        throw new TradingError('INVALID_VALUE', `${contract.symbol} is no contract of ${underlying}`);
      if (isStandard(contract)) bySymbol.set(contract.symbol, contract);
    }
    this.size = bySymbol.size;
    // Sorted by expiry first, so that the dates come in order.
    const byExpiry = Map.groupBy([...bySymbol.values()].sort(compareContracts), ({ expiry }) => expiry);
    for (const [expiry, listed] of byExpiry) {
      const found = (['pm', 'am'] as const).flatMap((settles) => {
        const own = listed.filter((contract) => contract.settles === settles);
        return own.length === 0 ? [] : [new ListedSeries(expiry, settles, own)];
      });
      this.#series.set(expiry, found);
    }
  }

  /** Ascending. */
  expiries(): readonly MarketDate[] {
    return [...this.#series.keys()];
  }

  /** The series of a date, the one that lives longer first; empty for a date on which nothing expires. */
  series(expiry: MarketDate): readonly OptionSeries[] {
    return this.#series.get(expiry) ?? [];
  }

  /** The series with which a contract ends, whether it is one of them (an adjusted one is not) or not. */
  seriesOf({ expiry, settles }: Pick<OptionContract, 'expiry' | 'settles'>): OptionSeries | undefined {
    return this.series(expiry).find((one) => one.settles === settles);
  }
}

function isStandard(contract: OptionContract): boolean {
  return !contract.adjusted && contract.multiplier === 100;
}

class ListedSeries implements OptionSeries {
  readonly expiry: MarketDate;
  readonly settles: OptionContract['settles'];
  readonly strikes: readonly number[];
  readonly contracts: readonly OptionContract[];
  readonly #byTerms = new Map<string, OptionContract>();

  /** `contracts`: in canonical order, each symbol once. */
  constructor(expiry: MarketDate, settles: OptionContract['settles'], contracts: readonly OptionContract[]) {
    this.expiry = expiry;
    this.settles = settles;
    this.contracts = contracts;
    this.strikes = [...new Set(contracts.map(({ strike }) => strike))];
    for (const contract of contracts) this.#byTerms.set(terms(contract.strike, contract.right), contract);
  }

  find(strike: number, right: OptionRight): OptionContract | undefined {
    return this.#byTerms.get(terms(strike, right));
  }
}

/** Strikes are multiples of 0.001: in thousandths, a strike that was computed finds the one that was read. */
function terms(strike: number, right: OptionRight): string {
  return `${Math.round(strike * 1000)}${right}`;
}
