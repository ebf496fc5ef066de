import { nyInstant } from '@trading-agent/calendar';
import { MICROS_PER_DAY, type Micros } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import { impliedVolatility, optionGreeks } from '@trading-agent/pricing';

/** The vendor's own figures are reproduced by Black-Scholes (PROVIDERS A4); its rate is not published, this one is assumed. No dividends. */
const RATE = 0.04;

export interface OptionFigures {
  readonly greeks: { readonly delta: number; readonly gamma: number; readonly theta: number; readonly vega: number };
  /** Per 0.01 of the rate; one vendor shows it, the other does not. */
  readonly rho: number;
  readonly implied_volatility: number;
}

/**
 * Implied volatility (decimal) of an option's middle price and the greeks at it: theta a calendar day, vega a point of volatility; `null` where
 * no volatility gives that price (deep in the money, no quote, expired).
 */
export function optionFigures(
  contract: OptionContract,
  market: { readonly at: Micros; readonly spot: number; readonly middle: number },
): OptionFigures | null {
  const years = (nyInstant(contract.expiry, '16:00') - market.at) / MICROS_PER_DAY / 365;
  const { strike, right } = contract;
  const terms = { spot: market.spot, strike, years, rate: RATE, yield: 0, right };
  const implied = impliedVolatility({ ...terms, price: market.middle });
  if (implied.kind !== 'ok') return null;
  const { delta, gamma, theta, vega, rho } = optionGreeks({ ...terms, volatility: implied.volatility });
  return { greeks: { delta, gamma, theta, vega }, rho, implied_volatility: implied.volatility };
}
