import { nyInstant } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import { finiteDifferencePrice } from '../../dividends/finite-difference.ts';
import { dividendForward } from '../../dividends/model.ts';
import { exInstant, expiryInstant, yearsBetween } from '../../term/expiry-time.ts';
import type { ParityPair } from '../../term/implied-forward.ts';
import type { ExpiryPricer } from '../expiry-pricer.ts';
import { Rates, type TreasuryCurve } from '../rates.ts';
import { type CashDividend, UnderlyingPricer } from '../underlying-pricer.ts';

export const DATE = marketDate('2026-03-02');
export const NOON = nyInstant(DATE, '12:00');
export const EXPIRY = { expiry: marketDate('2026-05-15'), settles: 'pm', root: 'XYZ' } as const;
export const SPOT = 100;
export const YEARS = yearsBetween(NOON, expiryInstant(EXPIRY));
export const STRIKES = [80, 85, 90, 95, 97.5, 100, 102.5, 105, 110, 115, 120];
export const BORROW = 0.01;
export const DIVIDENDS: readonly CashDividend[] = [{ exDate: marketDate('2026-04-10'), cash: 1.2 }];
export const FLAT = {
  date: marketDate('2026-02-27'),
  yields: [1 / 12, 0.25, 0.5].map((years) => ({ years, yield: 0.045 })),
};
/** Simple interest up to half a year. */
export const RATE = Rates.asOf(DATE, FLAT).rate(YEARS);

export const smile = (strike: number): number => 0.25 - 0.1 * Math.log(strike / SPOT);

/** Prices of the finite differences, which share no arithmetic with what is tested. */
export class Market {
  readonly quotes = new Map<string, number>();
  readonly dividends: readonly { readonly years: number; readonly cash: number; readonly proportion: number }[];
  readonly forward: number;

  constructor(dividends: readonly CashDividend[]) {
    this.dividends = dividends.map(({ exDate, cash }) => ({
      years: yearsBetween(NOON, exInstant(exDate)),
      cash,
      proportion: 0,
    }));
    const terms = { spot: SPOT, years: YEARS, rate: RATE, yield: BORROW, dividends: this.dividends };
    this.forward = dividendForward(terms);
    for (const strike of STRIKES)
      for (const right of ['call', 'put'] as const)
        this.quotes.set(`${right} ${strike}`, this.price(strike, right, smile(strike)));
  }

  price(strike: number, right: 'call' | 'put', volatility: number, spot = SPOT): number {
    const terms = { spot, strike, years: YEARS, rate: RATE, yield: BORROW, volatility, right } as const;
    return finiteDifferencePrice(
      { ...terms, exercise: 'american', dividends: this.dividends },
      { nodes: 400, steps: 200 },
    ).price;
  }

  pairs(): readonly ParityPair[] {
    const side = (right: string, strike: number, edge: number): number =>
      Math.max(0.01, (this.quotes.get(`${right} ${strike}`) ?? 0) + edge);
    return STRIKES.map((strike) => ({
      strike,
      callBid: side('call', strike, -0.02),
      callAsk: side('call', strike, 0.02),
      putBid: side('put', strike, -0.02),
      putAsk: side('put', strike, 0.02),
    }));
  }

  pricer(treasury: TreasuryCurve | null = FLAT, told: readonly CashDividend[] | null = null): ExpiryPricer {
    return new UnderlyingPricer({ rates: Rates.asOf(DATE, treasury), dividends: told }).expiry({
      ...EXPIRY,
      style: 'american',
      at: NOON,
      spot: SPOT,
      pairs: () => this.pairs(),
    });
  }
}

/** A call and a put of every strike. */
export const CONTRACTS = STRIKES.flatMap((strike) =>
  (['call', 'put'] as const).map((right) => ({ strike, right, style: 'american' as const })),
);

/** The two stocks that pricers are tried on, and what they are told of dividends. */
export const STOCKS = [
  { name: 'a stock that pays a dividend before expiry', market: new Market(DIVIDENDS), told: DIVIDENDS },
  { name: 'a stock that pays none', market: new Market([]), told: [] },
] as const;
