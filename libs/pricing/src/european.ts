import { TradingError } from '@trading-agent/core';
import { outOfTheMoneyValue } from './black.ts';
import { normalCdf, normalDensity } from './normal.ts';

export type Right = 'call' | 'put';

/** What a European option's value depends on, except its volatility. */
export interface OptionTerms {
  /** Price of the underlying, dollars per share. */
  readonly spot: number;
  readonly strike: number;
  /** Time to expiry in years of 365 days; zero or negative is expired. */
  readonly years: number;
  /** Continuously compounded risk-free rate, decimal. */
  readonly rate: number;
  /** Continuously compounded dividend yield, decimal. */
  readonly yield: number;
  readonly right: Right;
}

export interface OptionInput extends OptionTerms {
  /** Annual volatility, decimal (0.357). Zero or less gives the value of the certain outcome. */
  readonly volatility: number;
}

/** Dollars per share of the underlying, in the units of the architecture page. */
export interface OptionGreeks {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  /** Per 0.01 of volatility. */
  readonly vega: number;
  /** Per calendar day. */
  readonly theta: number;
  /** Per 0.01 of the rate. */
  readonly rho: number;
}

const DAYS_PER_YEAR = 365;
const PER_POINT = 0.01;
/** A total standard deviation below this moves no double: the outcome is certain. */
const SMALLEST_DEVIATION = 1e-100;

/** Forward price of the underlying at expiry: S exp((r - q) T). */
export function forwardPrice(terms: Pick<OptionTerms, 'spot' | 'years' | 'rate' | 'yield'>): number {
  return terms.spot * Math.exp((terms.rate - terms.yield) * Math.max(terms.years, 0));
}

function check(input: OptionInput): void {
  const { spot, strike, years, rate, yield: dividendYield, volatility } = input;
  const finite = [spot, strike, years, rate, dividendYield, volatility].every((value) => Number.isFinite(value));
  if (finite && spot > 0 && strike > 0) return;
  throw new TradingError(
    'INVALID_VALUE',
    `Expected a finite option with positive spot and strike, was ${describe(input)}`,
    {
      hint: 'Skip contracts whose underlying has no price.',
    },
  );
}

function describe(input: OptionInput): string {
  return `S=${input.spot} K=${input.strike} T=${input.years} r=${input.rate} q=${input.yield} vol=${input.volatility}`;
}

/**
 * European option value (Black and Scholes 1973; Merton 1973 for the yield), dollars per share.
 * @throws {TradingError} `INVALID_VALUE` when an input is not finite or spot or strike is not positive.
 */
export function optionPrice(input: OptionInput): number {
  check(input);
  return price(input);
}

function totalDeviation(volatility: number, years: number): number {
  const s = volatility > 0 ? volatility * Math.sqrt(years) : 0;
  return s > SMALLEST_DEVIATION ? s : 0;
}

function price(input: OptionInput): number {
  const years = Math.max(input.years, 0);
  const forward = forwardPrice(input);
  const intrinsic = Math.max(input.right === 'call' ? forward - input.strike : input.strike - forward, 0);
  const s = totalDeviation(input.volatility, years);
  const timeValue = s > 0 ? outOfTheMoneyValue(forward, input.strike, s) : 0;
  return Math.exp(-input.rate * years) * (intrinsic + timeValue);
}

/**
 * Price and sensitivities of a European option. An expired or a certain (zero volatility) option has its limit values:
 * delta 0 or ±1 (discounted), half of it exactly at the money, no gamma and no vega.
 * Formulas: E. G. Haug, "The Complete Guide to Option Pricing Formulas", 2nd edition (2007), chapter 2.
 * @throws {TradingError} `INVALID_VALUE` when an input is not finite or spot or strike is not positive.
 */
export function optionGreeks(input: OptionInput): OptionGreeks {
  check(input);
  const { spot, strike, rate, yield: dividendYield, volatility } = input;
  const years = Math.max(input.years, 0);
  const sign = input.right === 'call' ? 1 : -1;
  const root = Math.sqrt(years);
  const s = totalDeviation(volatility, years);
  const discountedSpot = spot * Math.exp(-dividendYield * years);
  const discountedStrike = strike * Math.exp(-rate * years);
  const moneyness = Math.log(spot / strike) + (rate - dividendYield) * years;
  // With s = 0 the outcome is certain; ±Infinity makes every distribution value its limit and every density zero.
  const d1 = s > 0 ? moneyness / s + 0.5 * s : moneyness === 0 ? 0 : moneyness * Number.POSITIVE_INFINITY;
  const d2 = d1 - s;
  const exercise1 = normalCdf(sign * d1);
  const exercise2 = normalCdf(sign * d2);
  const density = s > 0 ? normalDensity(d1) : 0;
  const decay = s > 0 ? (discountedSpot * density * volatility) / (2 * root) : 0;
  const carry = sign * (dividendYield * discountedSpot * exercise1 - rate * discountedStrike * exercise2);
  return {
    price: price(input),
    delta: sign * Math.exp(-dividendYield * years) * exercise1,
    gamma: s > 0 ? (Math.exp(-dividendYield * years) * density) / (spot * s) : 0,
    vega: discountedSpot * density * root * PER_POINT,
    theta: years > 0 ? (carry - decay) / DAYS_PER_YEAR : 0,
    rho: sign * discountedStrike * years * exercise2 * PER_POINT,
  };
}
