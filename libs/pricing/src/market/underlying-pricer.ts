import { type MarketDate, type Micros, micros, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '@trading-agent/core';
import { AmericanChain } from '../american/american-chain.ts';
import type { ExerciseStyle } from '../chain-snapshot/figures.ts';
import { DividendSlice } from '../dividends/dividend-slice.ts';
import { blendDividends, dividendForward, type DiscreteDividend } from '../dividends/model.ts';
import {
  exInstant,
  expiryInstant,
  type ExpiryTerms,
  financingYears,
  settledRate,
  type SettlementLag,
  yearsBetween,
} from '../term/expiry-time.ts';
import { impliedForward, type ParityPair } from '../term/implied-forward.ts';
import { ExpiryPricer, type ExpiryInputs, type KeptKernels, type KnownFigures } from './expiry-pricer.ts';
import type { Rates } from './rates.ts';

/** A cash dividend that is known to come. */
export interface CashDividend {
  readonly exDate: MarketDate;
  /** Dollars per share. */
  readonly cash: number;
}

export interface UnderlyingPricerOptions {
  readonly rates: Rates;
  /** Dividends that were declared by now, in any order; `null` when nobody told of any. */
  readonly dividends: readonly CashDividend[] | null;
  /** An expiry counts as at least this far away; 0 unless given. */
  readonly leastYears?: number;
  /** Days between trade and payment, exercise and delivery; money is lent from now to the end of trading unless given. */
  readonly settlement?: SettlementLag;
}

export interface AskedExpiry extends ExpiryTerms {
  readonly style: ExerciseStyle;
  readonly at: Micros;
  /** Dollars per share. */
  readonly spot: number;
  /** Quotes that the forward may be read from; asked for only when it is due. */
  readonly pairs: () => readonly ParityPair[];
}

/** Cash for a year, in proportion to the price from three years on: by then a board has gone with the price. */
const BLEND = { cashUntil: 1, proportionalFrom: 3 } as const;
/** The forward of an expiry is read again after so many minutes. */
const REREAD_MINUTES = 5;
/** Of the standard error: a forward that has moved by less has not moved, and what was computed with it stays good ... */
const SAME_FORWARD = 0.5;
/** ... until this share of the expiry's life has passed. */
const KEPT_SHARE = 1e-3;
/**
 * What calls and puts agree on is a bad quote when it takes more than this part of the price over the life of the option and is more than
 * this fee a year, too.
 */
const MOST_CARRY = 0.03;
const MOST_FEE = 0.1;
/** Of the standard error: within it such a fee is what the quotes leave open, and none is taken. In an option's last hours a cent is 100% a year. */
const OPEN = 2;

interface Kept {
  /** When its figures were computed, and when the quotes were looked at last. */
  readonly at: Micros;
  readAt: Micros;
  readonly years: number;
  readonly rate: number;
  readonly yield: number;
  standardError: number | null;
  readonly dividends: readonly DiscreteDividend[];
  readonly kernels: KeptKernels;
  /** Figures of single contracts, and the moment and price they belong to. */
  known: KnownFigures;
  seen: string;
}

/**
 * Prices all options of one underlying through a session, with one rate curve, one list of dividends and, per expiry, the borrow fee on which
 * American calls and puts agree: what a strategy calls fair, what risk holds an order against and what a chain shows is the same figure.
 * Rate, fee, exercise boundaries and lattices of an expiry are kept while its forward stands and until a thousandth of its life has passed.
 */
export class UnderlyingPricer {
  readonly #options: UnderlyingPricerOptions;
  /** By the instant of expiry and the style of exercise. */
  readonly #kept = new Map<string, Kept>();

  constructor(options: UnderlyingPricerOptions) {
    this.#options = options;
  }

  /** An expiry at a moment. @throws {TradingError} `OUT_OF_RANGE` for an expiry outside 1990-2030. */
  expiry(asked: AskedExpiry): ExpiryPricer {
    const { style, at, spot } = asked;
    const end = expiryInstant(asked);
    const years = Math.max(this.#options.leastYears ?? 0, yearsBetween(at, end));
    // Series of one date may end at different hours, and each has its own forward.
    const key = `${end} ${style}`;
    let kept = this.#kept.get(key);
    if (kept === undefined || isDue(kept, at, years)) {
      kept = this.#read(asked, years, kept);
      this.#kept.set(key, kept);
    }
    const seen = `${at} ${spot}`;
    if (kept.seen !== seen) {
      kept.known = new Map();
      kept.seen = seen;
    }
    return new ExpiryPricer(this.#inputs(kept, asked, years), spot, kept.kernels, kept.known);
  }

  #inputs(kept: Kept, { at, spot }: AskedExpiry, years: number): ExpiryInputs {
    const { rate, yield: borrow, standardError } = kept;
    const passed = kept.years - years;
    const dividends =
      at === kept.at ? kept.dividends : kept.dividends.map((one) => ({ ...one, years: one.years - passed }));
    const due = dividends.filter((one) => one.years > 0);
    const forward = dividendForward({ spot, years, rate, yield: borrow, dividends: due });
    return {
      years,
      rate,
      yield: borrow,
      dividends: due,
      paid: due.length === 0 ? 0 : spot - forward * Math.exp((borrow - rate) * years),
      forward,
      standardError,
      sources: {
        rate: this.#options.rates.source,
        dividends: this.#options.dividends === null ? 'unknown' : 'declared',
        forward: standardError === null ? 'carry' : 'quotes',
      },
    };
  }

  #read(asked: AskedExpiry, years: number, before: Kept | undefined): Kept {
    const { at, spot, style } = asked;
    const rate = this.#rate(asked, years);
    const dividends = this.#dividendsBefore(asked, rate);
    let borrow = before?.yield ?? 0;
    let standardError = before?.standardError ?? null;
    const found = impliedForward({ spot, years, rate, dividends, exercise: style, pairs: asked.pairs() });
    const fee = found.kind === 'ok' ? Math.abs(found.borrow) : 0;
    if (found.kind === 'ok' && (fee * years <= MOST_CARRY || fee <= MOST_FEE)) {
      const read = fee > MOST_FEE && fee * years * spot < OPEN * found.standardError ? 0 : found.borrow;
      const moved = Math.abs(read - borrow) * years * spot;
      if (standardError === null || !(moved < SAME_FORWARD * found.standardError)) borrow = read;
      standardError = found.standardError;
    }
    if (before !== undefined && borrow === before.yield && !isWorn(before, years)) {
      before.readAt = at;
      before.standardError = standardError;
      return before;
    }
    const kernels: KeptKernels = {
      american: before?.kernels.american ?? new AmericanChain(),
      slice: new DividendSlice({ years, rate, yield: borrow, dividends }, spot),
      early: new Map(),
    };
    const known: KnownFigures = new Map();
    return { at, readAt: at, years, rate, yield: borrow, standardError, dividends, kernels, known, seen: '' };
  }

  #rate(asked: AskedExpiry, years: number): number {
    const { rates, settlement } = this.#options;
    if (settlement === undefined) return rates.rate(years);
    const financing = financingYears(asked.at, asked, settlement);
    return settledRate(rates.rate(financing), years, financing);
  }

  #dividendsBefore(asked: AskedExpiry, rate: number): readonly DiscreteDividend[] {
    const end = expiryInstant(asked);
    const due = (this.#options.dividends ?? [])
      .filter(({ exDate }) => exDate <= asked.expiry)
      .map(({ exDate, cash }) => ({ ex: exInstant(exDate), cash }))
      .filter(({ ex, cash }) => ex > asked.at && ex <= end && cash > 0 && Number.isFinite(cash))
      // Opening prices, by which options are settled in the morning, are already without the dividend of their day.
      .map(({ ex, cash }) => ({ ex: ex === end ? micros(end - MICROS_PER_SECOND) : ex, cash }))
      .map(({ ex, cash }) => ({ years: yearsBetween(asked.at, ex), cash }));
    return blendDividends(due, { spot: asked.spot, rate, yield: 0 }, BLEND);
  }
}

/** Whether the quotes are looked at again. Time may also have gone back a little: an exit looks at the last bar's end. */
function isDue(kept: Kept, at: Micros, years: number): boolean {
  // Where nothing could be read it is tried again at the next moment.
  if (kept.standardError === null) return at !== kept.readAt;
  return at - kept.readAt >= REREAD_MINUTES * MICROS_PER_MINUTE || hasGoneEx(kept, years);
}

/** Whether what was computed does not hold any more, though the forward stands. */
function isWorn(kept: Kept, years: number): boolean {
  return kept.years - years > KEPT_SHARE * kept.years || hasGoneEx(kept, years);
}

/** A dividend that has gone ex is in no price any more. */
function hasGoneEx({ dividends, years: then }: Kept, years: number): boolean {
  return dividends.some((one) => one.years > 0 && one.years <= then - years);
}
