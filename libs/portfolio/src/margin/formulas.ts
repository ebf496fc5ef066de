import { type Usd, addUsd, usd } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import type { MarginRates, MarginTerms, UnderlyingTerms } from './terms.ts';

/** What one contract or its hundred shares require, at the opening and afterwards. */
export interface Requirement {
  readonly initial: Usd;
  readonly maintenance: Usd;
}

/** `perShare` dollars for `shares` shares, rounded to the micro-dollar once. */
function money(perShare: number, shares: number): Usd {
  return usd(perShare * shares);
}

/** How far the contract is out of the money, dollars per share, never negative. */
export function outOfTheMoney({ right, strike }: OptionContract, spot: number): number {
  return Math.max(0, right === 'call' ? strike - spot : spot - strike);
}

export function inTheMoney({ right, strike }: OptionContract, spot: number): number {
  return Math.max(0, right === 'call' ? spot - strike : strike - spot);
}

/**
 * What an uncovered short contract requires beyond its own market value: the share of the underlying less the out-of-the-money amount, at
 * least the minimum share of the underlying (call) or of the strike (put); a leveraged fund's shares are multiplied, up to the whole price.
 * FINRA Rule 4210(f)(2)(E)(i); Cboe Rule 10.3(c)(5)(A); FINRA Notice 09-53 for leveraged funds.
 */
export function uncoveredBase(
  contract: OptionContract,
  spot: number,
  { kind, leverage }: UnderlyingTerms,
  { uncovered }: MarginRates,
): Usd {
  const share = Math.min(1, uncovered[kind] * leverage) * spot - outOfTheMoney(contract, spot);
  const floor = Math.min(1, uncovered.minimum * leverage) * (contract.right === 'call' ? spot : contract.strike);
  return money(Math.max(share, floor), contract.multiplier);
}

/**
 * An uncovered short contract: its market value and `uncoveredBase`.
 * @param price dollars per share
 */
export function uncoveredRequirement(
  contract: OptionContract,
  price: number,
  spot: number,
  terms: UnderlyingTerms,
  rates: MarginRates,
): Usd {
  return addUsd(money(price, contract.multiplier), uncoveredBase(contract, spot, terms, rates));
}

/** A short put with its strike in cash: Regulation T 220.8, Cboe margin manual "Short Put", cash account. Proceeds are part of the cash. */
export function cashSecured({ strike, multiplier }: OptionContract): Usd {
  return money(strike, multiplier);
}

/**
 * Stock, long (`shares` > 0) or short. Measured against cash with the proceeds of short sales in it plus the value of long stock.
 * Long: Regulation T 220.12(a), FINRA Rule 4210(c)(1). Short: 220.12(c)(1), 4210(c)(2)-(3).
 */
export function stockRequirement(spot: number, shares: number, { account, rates }: MarginTerms): Requirement {
  const size = Math.abs(shares);
  if (shares >= 0) {
    const { initial, maintenance } = account === 'cash' ? { initial: 1, maintenance: 1 } : rates.longStock;
    return { initial: money(spot * initial, size), maintenance: money(spot * maintenance, size) };
  }
  const { initial, maintenance } = shortStock(spot, rates);
  return { initial: money(initial, size), maintenance: money(maintenance, size) };
}

function shortStock(spot: number, { shortStock: short }: MarginRates): { initial: number; maintenance: number } {
  const maintenance =
    spot < short.cheapBelow
      ? spot + Math.max(short.cheapPerShare, spot)
      : Math.max(spot + short.perShare, spot * short.maintenance);
  return { initial: Math.max(spot * short.initial, maintenance), maintenance };
}

/**
 * Stock that covers a short option, both together: no requirement on the option, but stock above the strike of a call counts at the strike, and
 * what a put is in the money is owed. Cboe margin manual "Short Call and Long Underlying", "Short Put and Short Underlying"; FINRA Rule
 * 4210(f)(2)(H).
 */
export function coveredRequirement(short: OptionContract, spot: number, terms: MarginTerms): Requirement {
  const { multiplier } = short;
  const owed = inTheMoney(short, spot);
  if (short.right === 'put') {
    const stock = shortStock(spot, terms.rates);
    return {
      initial: money(stock.initial + owed, multiplier),
      maintenance: money(stock.maintenance + owed, multiplier),
    };
  }
  const { initial, maintenance } = terms.account === 'cash' ? { initial: 1, maintenance: 1 } : terms.rates.longStock;
  return {
    initial: money(Math.min(spot, spot * initial + owed), multiplier),
    maintenance: money(Math.min(spot, (spot - owed) * maintenance + owed), multiplier),
  };
}

/**
 * Stock protected by a long option (long stock and put, short stock and call), both together. The opening requires what the stock does; the
 * maintenance is a share of the strike and what the option is out of the money, at most that of the stock. FINRA Rule 4210(f)(2)(H)(v)a; Cboe
 * margin manual "Long Put and Long Underlying", "Long Call and Short Underlying".
 */
export function protectedRequirement(long: OptionContract, spot: number, terms: MarginTerms): Requirement {
  const { strike, multiplier } = long;
  const stock = stockRequirement(spot, long.right === 'put' ? multiplier : -multiplier, terms);
  const hedged = terms.rates.hedgedStrike * strike + outOfTheMoney(long, spot);
  const maintenance = money(long.right === 'put' ? hedged : spot + hedged, multiplier);
  return { initial: stock.initial, maintenance: maintenance < stock.maintenance ? maintenance : stock.maintenance };
}

/**
 * Long stock with a long put and a short call of one expiry, the put's strike not above the call's: a collar, a conversion when they are equal.
 * FINRA Rule 4210(f)(2)(H)(v); Cboe margin manual "Collar", "Conversion".
 */
export function collarRequirement(
  put: OptionContract,
  call: OptionContract,
  spot: number,
  terms: MarginTerms,
): Requirement {
  const { rates } = terms;
  const owed = inTheMoney(call, spot);
  const hedged = rates.hedgedStrike * put.strike + (put.strike === call.strike ? 0 : outOfTheMoney(put, spot));
  const atMost = put.strike === call.strike ? hedged : Math.min(hedged, rates.collarCall * call.strike);
  return {
    initial: coveredRequirement(call, spot, terms).initial,
    maintenance: money(Math.min(spot, atMost + owed), call.multiplier),
  };
}

/** Short stock with a long call and a short put of one strike and expiry. FINRA Rule 4210(f)(2)(H)(v); Cboe margin manual "Reverse Conversion". */
export function reverseConversionRequirement(
  call: OptionContract,
  put: OptionContract,
  spot: number,
  terms: MarginTerms,
): Requirement {
  const owed = inTheMoney(put, spot);
  return {
    initial: coveredRequirement(put, spot, terms).initial,
    maintenance: money(spot + terms.rates.hedgedStrike * call.strike + owed, put.multiplier),
  };
}
