import { type MarketDate, TradingError } from '@trading-agent/core';
import { type OptionContract, compareContracts } from './contract.ts';
import type { OptionRight, OptionSymbol } from './option-symbol.ts';

interface Series {
  /** Ascending, without doubles. */
  readonly strikes: readonly number[];
  readonly contracts: readonly OptionContract[];
  readonly byTerms: ReadonlyMap<string, OptionContract>;
}

/**
 * The standard contracts of one underlying, looked up by terms. Adjusted and mini contracts are left out: they are never traded, and would
 * hide the standard contract of the same terms. Where two roots list the same terms (SPX in the morning, SPXW in the afternoon) the
 * PM-settled one is found.
 */
export class OptionChain {
  readonly underlying: string;
  readonly #series = new Map<MarketDate, Series>();
  readonly #bySymbol = new Map<string, OptionContract>();

  /** @throws {TradingError} `INVALID_VALUE` when a contract is of another underlying. */
  constructor(underlying: string, contracts: Iterable<OptionContract>) {
    this.underlying = underlying;
    for (const contract of contracts) {
      if (contract.underlying !== underlying)
        throw new TradingError('INVALID_VALUE', `${contract.symbol} is no contract of ${underlying}`);
      if (isStandard(contract)) this.#bySymbol.set(contract.symbol, contract);
    }
    // Sorted by expiry first, so that the series come in order.
    const byExpiry = new Map<MarketDate, OptionContract[]>();
    for (const contract of [...this.#bySymbol.values()].sort(compareContracts)) {
      const listed = byExpiry.get(contract.expiry);
      if (listed) listed.push(contract);
      else byExpiry.set(contract.expiry, [contract]);
    }
    for (const [expiry, listed] of byExpiry) this.#series.set(expiry, series(listed));
  }

  /** Number of contracts. */
  get size(): number {
    return this.#bySymbol.size;
  }

  /** Ascending. */
  expiries(): readonly MarketDate[] {
    return [...this.#series.keys()];
  }

  /** Strikes in dollars at which a call or a put of `expiry` is listed, ascending; empty for an expiry that is not. */
  strikes(expiry: MarketDate): readonly number[] {
    return this.#series.get(expiry)?.strikes ?? [];
  }

  /** All contracts of `expiry` in canonical order. */
  contracts(expiry: MarketDate): readonly OptionContract[] {
    return this.#series.get(expiry)?.contracts ?? [];
  }

  find(expiry: MarketDate, strike: number, right: OptionRight): OptionContract | undefined {
    return this.#series.get(expiry)?.byTerms.get(terms(strike, right));
  }

  bySymbol(symbol: OptionSymbol): OptionContract | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** The listed strike of `expiry` that is nearest to `price`, the lower one of two that are equally near; of one `right` when given. */
  nearestStrike(expiry: MarketDate, price: number, right?: OptionRight): number | undefined {
    let best: number | undefined;
    for (const strike of this.strikes(expiry)) {
      if (right !== undefined && !this.find(expiry, strike, right)) continue;
      if (best === undefined || Math.abs(strike - price) < Math.abs(best - price)) best = strike;
    }
    return best;
  }
}

function isStandard(contract: OptionContract): boolean {
  return !contract.adjusted && contract.multiplier === 100;
}

function series(contracts: readonly OptionContract[]): Series {
  const byTerms = new Map<string, OptionContract>();
  for (const contract of contracts) {
    const key = terms(contract.strike, contract.right);
    if (contract.settles === 'pm' || !byTerms.has(key)) byTerms.set(key, contract);
  }
  return { strikes: [...new Set(contracts.map((contract) => contract.strike))], contracts, byTerms };
}

/** Strikes are multiples of 0.001: in thousandths, a strike that was computed finds the one that was read. */
function terms(strike: number, right: OptionRight): string {
  return `${Math.round(strike * 1000)}${right}`;
}
