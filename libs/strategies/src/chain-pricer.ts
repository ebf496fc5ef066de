import type { MarketDate, Micros } from '@trading-agent/core';
import { MICROS_PER_MINUTE } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import {
  AmericanChain,
  type ChainColumns,
  expiryInstant,
  impliedVolatility,
  newChainColumns,
  optionGreeks,
  yearsBetween,
} from '@trading-agent/pricing';
import { policyRate } from './policy-rate.ts';

/** A contract with a two-sided quote. */
export interface QuotedSides {
  readonly contract: OptionContract;
  readonly bid: number;
  readonly ask: number;
  readonly mid: number;
}

/** What one expiry is priced with. */
export interface ExpiryTerms {
  /** Years of 365 days to the end of trading. */
  readonly years: number;
  /** Continuously compounded, decimal. */
  readonly rate: number;
  /** Continuous yield that makes calls and puts agree: dividends and borrow fee. */
  readonly yield: number;
  /** Dollars per share. */
  readonly forward: number;
}

export interface ContractFigures {
  /** Signed, per share. */
  readonly delta: number;
  /** Decimal per year. */
  readonly volatility: number;
}

interface KeptExpiry {
  readonly american: AmericanChain;
  yield: number;
  at: Micros;
}

/** Exercise boundaries are kept while the yield stays the same, so it is read anew only this often. */
const YIELD_MINUTES = 5;
/** Strikes nearest the money that parity is read from. */
const PARITY_STRIKES = 7;
/** A dividend or borrow fee over the life of an option beyond this part of the price is a bad quote. */
const MOST_CARRY = 0.03;
/** A quarter of an hour: an option in its last minutes has no volatility worth speaking of. */
const LEAST_YEARS = 15 / (365 * 24 * 60);
const OK = 0;

/**
 * Volatilities and deltas of one underlying's options, American where the contract is, with the short rate of the day and the forward that
 * put-call parity shows near the money: dividends before expiry lower that forward, so they are in every figure without being known.
 * Keeps exercise boundaries from one snapshot to the next; one instance per underlying.
 */
export class ChainPricer {
  readonly #kept = new Map<MarketDate, KeptExpiry>();

  /** Terms of an expiry from the quotes of both its sides. */
  terms(expiry: MarketDate, quoted: readonly QuotedSides[], spot: number, at: Micros, date: MarketDate): ExpiryTerms {
    const [first] = quoted;
    const root = first?.contract.root ?? '';
    const settles = first?.contract.settles ?? 'pm';
    const years = Math.max(LEAST_YEARS, yearsBetween(at, expiryInstant({ expiry, settles, root })));
    const rate = policyRate(date);
    const known = this.#kept.get(expiry);
    if (known === undefined || at - known.at >= YIELD_MINUTES * MICROS_PER_MINUTE) {
      const parity = parityYield(quoted, spot, years, rate);
      const kept = known ?? { american: new AmericanChain(), yield: 0, at };
      if (parity !== null) {
        kept.yield = parity;
        kept.at = at;
      }
      this.#kept.set(expiry, kept);
    }
    const dividendYield = this.#kept.get(expiry)?.yield ?? 0;
    return { years, rate, yield: dividendYield, forward: spot * Math.exp((rate - dividendYield) * years) };
  }

  /** Figures in the order of `quoted`; `null` where a price implies no volatility (at or below exercise value, above the maximum). */
  figures(
    expiry: MarketDate,
    quoted: readonly QuotedSides[],
    spot: number,
    terms: ExpiryTerms,
  ): readonly (ContractFigures | null)[] {
    const found: (ContractFigures | null)[] = quoted.map(() => null);
    const american: number[] = [];
    for (const [index, { contract, mid }] of quoted.entries()) {
      if (contract.style === 'american') american.push(index);
      else found[index] = european(contract, mid, spot, terms);
    }
    const out = this.#solve(expiry, american, quoted, spot, terms);
    for (const [row, index] of american.entries()) {
      const volatility = out.volatility[row] ?? 0;
      if (out.status[row] === OK && volatility > 0) found[index] = { delta: out.delta[row] ?? 0, volatility };
    }
    return found;
  }

  #solve(
    expiry: MarketDate,
    rows: readonly number[],
    quoted: readonly QuotedSides[],
    spot: number,
    { years, rate, yield: dividendYield }: ExpiryTerms,
  ): ChainColumns {
    const out = newChainColumns(rows.length);
    const columns = {
      spot,
      years: Float64Array.of(years),
      rate: Float64Array.of(rate),
      yield: Float64Array.of(dividendYield),
      expiry: new Int32Array(rows.length),
      strike: Float64Array.from(rows, (row) => quoted[row]?.contract.strike ?? 0),
      call: Uint8Array.from(rows, (row) => (quoted[row]?.contract.right === 'call' ? 1 : 0)),
      price: Float64Array.from(rows, (row) => quoted[row]?.mid ?? 0),
    };
    (this.#kept.get(expiry)?.american ?? new AmericanChain()).solve(rows.length, columns, out);
    return out;
  }
}

function european(
  contract: OptionContract,
  mid: number,
  spot: number,
  { years, rate, yield: dividendYield }: ExpiryTerms,
): ContractFigures | null {
  const option = { spot, strike: contract.strike, years, rate, yield: dividendYield, right: contract.right };
  const solved = impliedVolatility({ ...option, price: mid });
  if (solved.kind !== 'ok') return null;
  return {
    delta: optionGreeks({ ...option, volatility: solved.volatility }).delta,
    volatility: solved.volatility,
  };
}

/** Median over the strikes nearest the money: the small early-exercise premium there is inside the spread. */
function parityYield(quoted: readonly QuotedSides[], spot: number, years: number, rate: number): number | null {
  const pairs = [...Map.groupBy(quoted, ({ contract }) => contract.strike)]
    .flatMap(([strike, both]) => {
      const call = both.find(({ contract }) => contract.right === 'call');
      const put = both.find(({ contract }) => contract.right === 'put');
      return call === undefined || put === undefined ? [] : [{ strike, difference: call.mid - put.mid }];
    })
    .sort((a, b) => Math.abs(a.strike - spot) - Math.abs(b.strike - spot) || a.strike - b.strike)
    .slice(0, PARITY_STRIKES);
  const yields = pairs
    .map(({ strike, difference }) => -Math.log((difference + strike * Math.exp(-rate * years)) / spot) / years)
    .filter((one) => Number.isFinite(one) && Math.abs(one) * years <= MOST_CARRY)
    .sort((a, b) => a - b);
  return yields[Math.floor(yields.length / 2)] ?? null;
}
