import { daysBetween, type Random } from '@trading-agent/core';
import { type OptionContract, optionContract, type Quote } from '@trading-agent/instruments';
import { A_DATE, after } from '@trading-agent/testkit';

// The market of the storm: three stocks at fixed prices, every option worth what Black and Scholes say at one volatility.

export const SPOTS: Readonly<Record<string, number>> = { GOOG: 70, TWX: 70, SPY: 72 };
export const TICKERS = ['GOOG', 'GOOG', 'TWX', 'SPY'];
export const VOLATILITY = 0.3;
/** Continuously compounded. */
export const RATE = 0.05;
export const CONTRACTS: readonly OptionContract[] = Object.keys(SPOTS).flatMap((root) =>
  ['151224', '151226', '160115', '160219'].flatMap((expiry) =>
    [60, 65, 70, 75, 80].flatMap((strike) =>
      ['C', 'P'].map((right) => optionContract(`${root}${expiry}${right}000${strike}000`)),
    ),
  ),
);
export const BY_SYMBOL = new Map<string, OptionContract>(CONTRACTS.map((contract) => [contract.symbol, contract]));

export function yearsOf({ expiry }: OptionContract): number {
  return daysBetween(A_DATE, expiry) / 365;
}

export function worthOf(contract: OptionContract | undefined): number | null {
  if (contract === undefined) return null;
  return blackScholes(contract, SPOTS[contract.underlying] ?? Number.NaN, VOLATILITY, yearsOf(contract));
}

/** Black and Scholes with interest, never below intrinsic value. */
export function blackScholes(contract: OptionContract, spot: number, volatility: number, years: number): number {
  const intrinsic = Math.max(0, (contract.right === 'call' ? 1 : -1) * (spot - contract.strike));
  return Math.max(intrinsic, european(contract, spot, volatility, years));
}

/** Black and Scholes with interest: deep in the money a put is below its intrinsic value, and its slopes are those of that value. */
export function european({ right, strike }: OptionContract, spot: number, volatility: number, years: number): number {
  const phi = right === 'call' ? 1 : -1;
  if (years <= 0) return Math.max(0, phi * (spot - strike));
  const deviation = volatility * Math.sqrt(years);
  const owed = strike * Math.exp(-RATE * years);
  const d1 = Math.log(spot / owed) / deviation + deviation / 2;
  return phi * (spot * normal(phi * d1) - owed * normal(phi * (d1 - deviation)));
}

/** The normal distribution by its continued fraction and its series (Abramowitz and Stegun 26.2.11, 26.2.14). */
function normal(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) > 4) {
    let fraction = Math.abs(x);
    for (let k = 40; k >= 1; k--) fraction = Math.abs(x) + k / fraction;
    return x > 0 ? 1 - density / fraction : density / fraction;
  }
  let [term, sum] = [x, x];
  for (let k = 1; k < 80; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + density * sum;
}

export function quoteOf(contract: OptionContract, spread: number, age: number, missing: 'bid' | 'ask' | null): Quote {
  const mid = Math.max(0.02, worthOf(contract) ?? 0);
  const half = Math.min(spread / 2, mid / 2);
  return {
    symbol: contract.symbol,
    at: after(-age),
    bid: missing === 'bid' ? null : Math.max(0.01, Math.floor((mid - half) * 100) / 100),
    bidSize: 10,
    ask: missing === 'ask' ? null : Math.ceil((mid + half) * 100) / 100,
    askSize: 10,
  };
}

export function pickOf<T>(random: Random, values: readonly T[]): T {
  const value = values[random.int(values.length)];
  if (value === undefined) throw new Error('Nothing to pick from');
  return value;
}
