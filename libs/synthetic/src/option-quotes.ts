import { type Micros, type Random, TradingError } from '@trading-agent/core';
import type { Bar, OptionContract, Quote } from '@trading-agent/instruments';
import { ln, normal } from './arithmetic.ts';
import { blackValue } from './black.ts';
import { EarlyExercise } from './early-exercise.ts';
import { DAYS_PER_YEAR, type Slice, type Surface, totalVariance } from './surface.ts';
import type { UnderlyingProfile } from './underlyings.ts';

/** Persistence per minute of what market makers quote beside the volatility they expect. */
const MOOD_PERSISTENCE = 0.99;
/** Minutes after which a quote that has not moved shows another size. */
const SIZE_EPOCH = 50;
const MICROS_PER_YEAR = DAYS_PER_YEAR * 86_400_000_000;

export interface OptionMarketInput {
  readonly profile: UnderlyingProfile;
  /** In canonical order. */
  readonly contracts: readonly OptionContract[];
  readonly surface: Surface;
  readonly rate: number;
  /** Minute bars of the underlying, and its price at the end of each, not rounded. */
  readonly bars: readonly Bar[];
  readonly prices: Float64Array;
  /** Standard deviation per minute of the quoted log volatility. */
  readonly mood: number;
  readonly random: Random;
}

/** The contracts of one expiry, as places in the chain. */
interface Expiry {
  readonly terms: Surface['expiries'][number];
  readonly early: EarlyExercise | null;
  /** By strike: places of the call and the put, the strike and its logarithm. */
  readonly rows: readonly {
    readonly call: number;
    readonly put: number;
    readonly strike: number;
    readonly log: number;
  }[];
}

/**
 * Market makers' quotes of one underlying's options. A quote is a function of the contract and the minute alone: asking for some minutes
 * or some contracts gives what asking for all gives.
 */
export class OptionMarket {
  /** By contract, in the order given: cents (0: no bid) and contracts, of the minute priced last. */
  readonly bid: Int32Array;
  readonly ask: Int32Array;
  readonly bidSize: Int32Array;
  readonly askSize: Int32Array;
  /** Value in the middle of the quote, dollars. */
  readonly value: Float64Array;
  /** Log-moneyness over the standard deviation to expiry. */
  readonly moneyness: Float64Array;

  readonly #input: OptionMarketInput;
  readonly #expiries: readonly Expiry[];
  readonly #seeds: Int32Array;
  readonly #mood: Float64Array;

  constructor(input: OptionMarketInput) {
    const { contracts, bars, mood, random } = input;
    this.#input = input;
    const count = contracts.length;
    this.bid = new Int32Array(count);
    this.ask = new Int32Array(count);
    this.bidSize = new Int32Array(count);
    this.askSize = new Int32Array(count);
    this.value = new Float64Array(count);
    this.moneyness = new Float64Array(count);
    const salt = Math.floor(random.next() * 4_294_967_296) | 0;
    this.#seeds = Int32Array.from(contracts, ({ symbol }) => mix(textHash(symbol), salt));
    this.#mood = new Float64Array(bars.length);
    if (mood > 0) {
      let drift = 0;
      for (let minute = 0; minute < bars.length; minute += 1) {
        drift = MOOD_PERSISTENCE * drift + mood * normal(random);
        this.#mood[minute] = drift;
      }
    }
    const places = new Map(contracts.map((contract, place) => [key(contract), place]));
    this.#expiries = input.surface.expiries.map((terms) => {
      const rows = contracts.flatMap((contract, call) => {
        if (contract.expiry !== terms.expiry || contract.right !== 'call') return [];
        const put = places.get(key({ ...contract, right: 'put' }));
        return put === undefined ? [] : [{ call, put, strike: contract.strike, log: ln(contract.strike) }];
      });
      return { terms, early: this.#early(terms, contracts), rows };
    });
  }

  /** Prices every contract at the end of a minute of the session. */
  price(minute: number): void {
    for (const expiry of this.#expiries) this.#expiry(expiry, minute);
  }

  /** The contract's quote of the minute priced last. */
  quote(place: number, minute: number): Quote {
    const { contracts, bars } = this.#input;
    const bid = this.bid[place] ?? 0;
    return {
      symbol: contractAt(contracts, place).symbol,
      at: endOf(bars, minute),
      bid: bid === 0 ? null : bid / 100,
      bidSize: this.bidSize[place] ?? 0,
      ask: (this.ask[place] ?? 0) / 100,
      askSize: this.askSize[place] ?? 0,
    };
  }

  #slice(terms: Expiry['terms'], minute: number): Slice {
    const { surface, bars, prices } = this.#input;
    return surface.slice(terms, minute, endOf(bars, minute), prices[minute] ?? 0, this.#mood[minute] ?? 0);
  }

  #early(terms: Expiry['terms'], contracts: readonly OptionContract[]): EarlyExercise | null {
    const { rate, bars, prices } = this.#input;
    if (terms.sessions === 0 || contracts[0]?.style === 'european') return null;
    if (rate === 0 && terms.dividends.length === 0) return null;
    const at = endOf(bars, 0);
    const dividends = terms.dividends.map(({ ex, cash }) => ({ years: (ex - at) / MICROS_PER_YEAR, cash }));
    return new EarlyExercise({ slice: this.#slice(terms, 0), spot: prices[0] ?? 0, rate, dividends });
  }

  #expiry({ terms, early, rows }: Expiry, minute: number): void {
    const slice = this.#slice(terms, minute);
    const spot = this.#input.prices[minute] ?? 0;
    const logForward = ln(slice.forward);
    const root = Math.sqrt(slice.theta);
    for (const { call, put, strike, log } of rows) {
      const k = log - logForward;
      const variance = totalVariance(slice, k);
      let ofCall = blackValue(slice, k, strike, variance, true);
      let ofPut = ofCall - slice.discount * (slice.forward - strike);
      if (early !== null) {
        ofCall = Math.max(ofCall + spot * early.premium(k, root, true), spot - strike);
        ofPut = Math.max(ofPut + spot * early.premium(k, root, false), strike - spot);
      }
      const moneyness = k / Math.sqrt(variance);
      this.moneyness[call] = moneyness;
      this.moneyness[put] = moneyness;
      this.#side(call, ofCall, spot, minute);
      this.#side(put, Math.max(ofPut, 0), spot, minute);
    }
  }

  #side(place: number, value: number, spot: number, minute: number): void {
    const { profile } = this.#input;
    const half = halfSpread(profile, spot, value);
    const bid = Math.max(0, onTick(value - half, profile.pennies, Math.floor));
    const ask = Math.max(onTick(value + half, profile.pennies, Math.ceil), 1);
    const seed = this.#seeds[place] ?? 0;
    const epoch = Math.floor((minute + (seed & 63)) / SIZE_EPOCH);
    this.value[place] = value;
    this.bid[place] = bid;
    this.ask[place] = ask;
    this.bidSize[place] = bid === 0 ? 0 : 1 + below(mix(seed, mix(bid, epoch)), profile.depth);
    this.askSize[place] = 1 + below(mix(seed, mix(ask, epoch ^ 0x55)), profile.depth);
  }
}

function contractAt(contracts: readonly OptionContract[], place: number): OptionContract {
  const contract = contracts[place];
  if (contract === undefined) throw new TradingError('INTERNAL', `There is no contract ${place}`);
  return contract;
}

function endOf(bars: readonly Bar[], minute: number): Micros {
  const bar = bars[minute];
  if (bar === undefined) throw new TradingError('INTERNAL', `The session has no minute ${minute}`);
  return bar.end;
}

/** What is asked above and bid below a value, dollars: a part that goes with the price of the share and one that goes with the option's. */
function halfSpread(profile: UnderlyingProfile, spot: number, value: number): number {
  return profile.spread * (0.0002 * spot + 0.012 * value);
}

/** Dollars onto the price grid, in cents. */
function onTick(price: number, pennies: boolean, round: (value: number) => number): number {
  const step = pennies || price < 3 ? 1 : 5;
  return round((price * 100) / step) * step;
}

function key({ expiry, strike, right }: Pick<OptionContract, 'expiry' | 'strike' | 'right'>): string {
  return `${expiry}/${strike}/${right}`;
}

/** 32 bits of a text (FNV-1a). */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** 32 mixed bits of two integers (the finaliser of MurmurHash3, A. Appleby). */
export function mix(a: number, b: number): number {
  let h = (a ^ Math.imul(b, 0x9e3779b1)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A number below `bound` from 32 mixed bits. */
function below(bits: number, bound: number): number {
  return Math.floor(((bits >>> 0) / 4_294_967_296) * bound);
}
