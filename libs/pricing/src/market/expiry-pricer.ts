import { TradingError } from '@trading-agent/core';
import type { AmericanChain } from '../american/american-chain.ts';
import { newChainColumns } from '../american/chain-columns.ts';
import { americanGreeks, americanImpliedVolatility } from '../american/american-option.ts';
import type { ExerciseStyle, OptionFigures } from '../chain-snapshot/figures.ts';
import { discreteDividendPrice } from '../dividends/dividend-price.ts';
import type { DividendSlice } from '../dividends/dividend-slice.ts';
import type { DiscreteDividend } from '../dividends/model.ts';
import { newVolatilityColumns } from '../european/columns.ts';
import { impliedVolatilityColumns } from '../european/implied-volatility-batch.ts';
import { NO_QUOTE, outcomeOf } from '../european/outcomes.ts';
import { optionGreeks, optionPrice, type Right } from '../european.ts';
import { impliedVolatility } from '../implied-volatility.ts';
import { EarlyExerciseTable, EarlyExerciseValue } from './early-exercise.ts';
import type { RateSource } from './rates.ts';

/** Where the figures of an expiry come from. */
export interface InputSources {
  readonly rate: RateSource;
  /** `declared`: all that were known to come are taken one by one; `unknown`: nobody told, what is paid is part of the yield. */
  readonly dividends: 'declared' | 'unknown';
  /** `quotes`: forward and yield are what calls and puts agree on; `carry`: nothing could be read, the yield is 0. */
  readonly forward: 'quotes' | 'carry';
}

/** What one expiry is priced with. */
export interface ExpiryInputs {
  /** Years of 365 days to the end of trading. */
  readonly years: number;
  /** Continuously compounded, decimal. */
  readonly rate: number;
  /** Continuous yield besides the dividends: the borrow fee, and dividends that nobody declared. */
  readonly yield: number;
  /** Those that fall before the expiry. */
  readonly dividends: readonly DiscreteDividend[];
  /** Present value of the dividends, dollars per share. */
  readonly paid: number;
  /** Dollars per share. */
  readonly forward: number;
  /** Of the forward as the quotes tell it, dollars; `null` when they don't. */
  readonly standardError: number | null;
  readonly sources: InputSources;
}

/** The terms of a contract that its value depends on. */
export interface PricedContract {
  readonly strike: number;
  readonly right: Right;
  readonly style: ExerciseStyle;
}

/** What is kept of an expiry from one moment to the next: exercise boundaries and lattices. */
export interface KeptKernels {
  readonly american: AmericanChain;
  readonly slice: DividendSlice;
  /** By right, and by strike where cash is paid. */
  readonly early: Map<string, EarlyExerciseTable>;
}

/** Figures of single contracts at one moment, by what was asked. */
export type KnownFigures = Map<string, OptionFigures>;

/** A right that is worth less than this part of the price at any price is left out of account. */
const NEGLIGIBLE = 5e-4;
const FAST = 'fast';

/**
 * Prices the contracts of one expiry at one moment: European by Black and Scholes on the price less its dividends; American by exercise
 * boundaries, with cash dividends by the lattice of the jump model.
 */
export class ExpiryPricer {
  readonly inputs: ExpiryInputs;
  /** Dollars per share. */
  readonly spot: number;
  readonly #kept: KeptKernels;
  readonly #known: KnownFigures;

  constructor(inputs: ExpiryInputs, spot: number, kept: KeptKernels, known: KnownFigures) {
    this.inputs = inputs;
    this.spot = spot;
    this.#kept = kept;
    this.#known = known;
  }

  /** Implied volatilities and greeks of a chain's prices (dollars per share, `null` no quote), in their order; no contract throws. */
  figures(contracts: readonly PricedContract[], prices: readonly (number | null)[]): readonly OptionFigures[] {
    const found: OptionFigures[] = contracts.map(({ strike, right, style }, i) => {
      return style === 'european' ? this.#european(strike, right, prices[i] ?? null) : NOTHING;
    });
    const rows = contracts.flatMap(({ style }, i) => (style === 'american' ? [i] : []));
    if (rows.length === 0) return found;
    const strike = Float64Array.from(rows, (row) => contracts[row]?.strike ?? 0);
    const call = Uint8Array.from(rows, (row) => (contracts[row]?.right === 'call' ? 1 : 0));
    const price = Float64Array.from(rows, (row) => prices[row] ?? Number.NaN);
    const out = newChainColumns(rows.length);
    if (this.inputs.dividends.length === 0) {
      const { years, rate, yield: borrow } = this.inputs;
      const expiry = { years: Float64Array.of(years), rate: Float64Array.of(rate), yield: Float64Array.of(borrow) };
      const chain = { spot: this.spot, ...expiry, expiry: new Int32Array(rows.length), strike, call, price };
      this.#kept.american.solve(rows.length, chain, out);
    } else {
      const guess = this.#guesses(strike, call, price);
      this.#kept.slice.implied(rows.length, this.spot, strike, call, price, guess, out);
    }
    for (const [at, row] of rows.entries()) {
      const outcome = outcomeOf(out.status[at] ?? NO_QUOTE);
      if (outcome !== 'ok') {
        found[row] = { outcome, volatility: null, greeks: null };
        continue;
      }
      const greeks = {
        price: price[at] ?? 0,
        delta: out.delta[at] ?? 0,
        gamma: out.gamma[at] ?? 0,
        vega: out.vega[at] ?? 0,
        theta: out.theta[at] ?? 0,
        rho: out.rho[at] ?? 0,
      };
      found[row] = { outcome, volatility: out.volatility[at] ?? 0, greeks };
    }
    return found;
  }

  /** The same of one contract; kept for the moment, because it is asked for again and again. */
  figuresOf(contract: PricedContract, price: number): OptionFigures {
    const { strike, right, style } = contract;
    const key = `${style} ${right} ${strike} ${price}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    let found: OptionFigures | undefined;
    if (style === 'european') found = this.#european(strike, right, price);
    else if (this.inputs.dividends.length > 0) [found] = this.figures([contract], [price]);
    else found = this.#american(strike, right, price);
    const figures = found ?? NOTHING;
    this.#known.set(key, figures);
    return figures;
  }

  /**
   * What a contract is worth at a volatility, dollars per share.
   * @throws {TradingError} `INVALID_VALUE` where the price of the underlying is none: nothing is worth 0 for that.
   */
  value({ strike, right, style }: PricedContract, volatility: number): number {
    if (!(this.spot > 0 && Number.isFinite(this.spot))) {
      throw new TradingError('INVALID_VALUE', `Expected a price of the underlying above 0, was ${this.spot}`, {
        hint: 'Value options only where the underlying has a price.',
      });
    }
    const { years, rate, yield: borrow, dividends } = this.inputs;
    if (style === 'european')
      return optionPrice({ spot: this.#lessDividends(), strike, years, rate, yield: borrow, volatility, right });
    const option = { spot: this.spot, strike, years, rate, yield: borrow, volatility, right };
    // One contract is solved for itself about as fast as a lattice is begun, and deep in the money a hundred times more exactly.
    if (dividends.length > 0) return discreteDividendPrice({ ...option, exercise: 'american', dividends }).price;
    return americanGreeks(option, FAST).price;
  }

  /** `null` where there is no right to exercise early, or it can't be worth 0.05% of the price of the underlying. */
  earlyExercise({ strike, right, style }: PricedContract): EarlyExerciseValue | null {
    if (style === 'european') return null;
    const { years, rate, yield: borrow, dividends, paid } = this.inputs;
    const call = right === 'call';
    // Who exercises a put gains the interest on the strike and saves what the stock costs, who exercises a call what the stock yields and what
    // money costs that earns less than nothing; with cash dividends either may be right.
    const [onStrike, onStock] = call ? [-rate, borrow] : [rate, -borrow];
    const most = gainOver(onStrike, years) * strike + gainOver(onStock, years) * this.spot;
    if (dividends.length === 0 && !(most > NEGLIGIBLE * this.spot)) return null;
    const key = dividends.length === 0 ? right : `${right} ${strike}`;
    let table = this.#kept.early.get(key);
    if (table === undefined) {
      table = new EarlyExerciseTable(this.#kept.slice, strike, call, paid);
      this.#kept.early.set(key, table);
    }
    return new EarlyExerciseValue(table, strike);
  }

  #american(strike: number, right: Right, price: number): OptionFigures {
    const { years, rate, yield: borrow } = this.inputs;
    const option = { spot: this.spot, strike, years, rate, yield: borrow, right };
    const solved = americanImpliedVolatility({ ...option, price }, FAST);
    if (solved.kind !== 'ok') return { outcome: solved.kind, volatility: null, greeks: null };
    const greeks = americanGreeks({ ...option, volatility: solved.volatility }, FAST);
    return { outcome: 'ok', volatility: solved.volatility, greeks };
  }

  #european(strike: number, right: Right, price: number | null): OptionFigures {
    const { years, rate, yield: borrow } = this.inputs;
    const option = { spot: this.#lessDividends(), strike, years, rate, yield: borrow, right };
    const solved = impliedVolatility({ ...option, price });
    if (solved.kind !== 'ok') return { outcome: solved.kind, volatility: null, greeks: null };
    const greeks = optionGreeks({ ...option, volatility: solved.volatility });
    return { outcome: 'ok', volatility: solved.volatility, greeks };
  }

  /** European volatilities on the price less its dividends: where the lattice's search begins. */
  #guesses(strike: Float64Array, call: Uint8Array, price: Float64Array): Float64Array {
    const count = strike.length;
    const all = (value: number): Float64Array => new Float64Array(count).fill(value);
    const { years, rate, yield: borrow } = this.inputs;
    const columns = { spot: all(this.#lessDividends()), strike, years: all(years), rate: all(rate), call };
    const out = newVolatilityColumns(count);
    impliedVolatilityColumns(count, { ...columns, yield: all(borrow) }, price, out);
    return out.volatility;
  }

  #lessDividends(): number {
    return Math.max(this.spot - this.inputs.paid, 1e-4 * this.spot);
  }
}

/** What a dollar gains in `years`, or nothing. */
function gainOver(rate: number, years: number): number {
  return rate > 0 ? Math.expm1(rate * years) : 0;
}

const NOTHING: OptionFigures = { outcome: 'no-quote', volatility: null, greeks: null };
