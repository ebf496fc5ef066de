import { type MarketDate, MICROS_PER_DAY, type Micros, type Random } from '@trading-agent/core';
import type { Bar, OptionContract, OptionSymbol, Quote } from '@trading-agent/instruments';
import { optionPrice } from '@trading-agent/pricing';
import type { UnderlyingProfile } from './underlyings.ts';

/** Options are priced a little above the volatility that the path has: the premium that sellers of options are paid. */
const PREMIUM = 1.05;
/** How fast the market expects volatility to return to its long-run level, per year. */
const REVERSION = 8;
/** Change of log volatility per log return of the underlying within the day (the leverage effect). */
const LEVERAGE = -1.2;
/** Chance per minute that a market maker changes only the size. */
const SIZE_CHANGE = 0.02;

/** A call and a put of one strike and expiry: priced once, quoted twice. */
interface Pair {
  readonly strike: number;
  readonly expires: Micros;
  readonly call: QuotedContract;
  readonly put: QuotedContract;
}

/** One contract as it was last quoted. */
interface QuotedContract {
  readonly symbol: OptionSymbol;
  /** Cents; -1 before the first quote. */
  bid: number;
  ask: number;
  bidSize: number;
  askSize: number;
}

export interface OptionMarketInput {
  readonly profile: UnderlyingProfile;
  readonly contracts: readonly OptionContract[];
  /** Annual volatility that rules this day, decimal. */
  readonly volatility: number;
  readonly open: number;
  readonly random: Random;
  /** The instant at which a contract of that expiry is worth its intrinsic value. */
  readonly expires: (expiry: MarketDate) => Micros;
}

/**
 * Market makers' quotes of one underlying's options. Values are Black-Scholes with neither interest nor dividends: in such a world American
 * and European options are worth the same, and put-call parity reads C - P = S - K. The smile is quadratic in standardised moneyness.
 */
export class OptionMarket {
  readonly #input: OptionMarketInput;
  readonly #pairs: readonly Pair[];
  #drift = 0;

  constructor(input: OptionMarketInput) {
    this.#input = input;
    this.#pairs = pairs(input);
  }

  /** What changes at the end of the minute that `bar` tells of: at the first call every contract, afterwards only new prices or sizes. */
  quotes(bar: Bar): Quote[] {
    const { profile, volatility, open, random } = this.#input;
    const changed: Quote[] = [];
    const spot = bar.close;
    this.#drift = 0.99 * this.#drift + 0.003 * random.normal();
    const mood = PREMIUM * Math.exp(this.#drift + LEVERAGE * Math.log(spot / open));
    for (const pair of this.#pairs) {
      const years = Math.max(0, (pair.expires - bar.end) / MICROS_PER_DAY / 365);
      const smile = smileVolatility(
        mood * termVolatility(volatility, profile.volatility, years),
        spot,
        pair.strike,
        years,
      );
      const terms = { spot, strike: pair.strike, years, rate: 0, yield: 0, volatility: smile };
      const call = optionPrice({ ...terms, right: 'call' });
      const put = Math.max(0, call - spot + pair.strike);
      this.#quote(pair.call, call, bar.end, changed);
      this.#quote(pair.put, put, bar.end, changed);
    }
    return changed;
  }

  #quote(side: QuotedContract, value: number, at: Micros, changed: Quote[]): void {
    const { profile, random } = this.#input;
    const half = profile.spread * (0.01 + 0.012 * value);
    const bid = Math.max(0, onTick(value - half, profile.pennies, Math.floor));
    const ask = onTick(value + half, profile.pennies, Math.ceil);
    const priced = bid !== side.bid || ask !== side.ask;
    if (random.next() >= SIZE_CHANGE && !priced) return;
    const bidSize = bid === 0 ? 0 : 1 + random.int(profile.depth);
    const askSize = 1 + random.int(profile.depth);
    if (!priced && bidSize === side.bidSize && askSize === side.askSize) return;
    side.bid = bid;
    side.ask = ask;
    side.bidSize = bidSize;
    side.askSize = askSize;
    changed.push({
      symbol: side.symbol,
      at,
      bid: bid === 0 ? null : bid / 100,
      bidSize,
      ask: ask / 100,
      askSize,
    });
  }
}

/** Expected volatility over `years`, from today's level back to the long-run one. */
export function termVolatility(today: number, longRun: number, years: number): number {
  const reach = REVERSION * years;
  const weight = reach < 1e-9 ? 1 : (1 - Math.exp(-reach)) / reach;
  return Math.sqrt(longRun ** 2 + (today ** 2 - longRun ** 2) * weight);
}

/** Implied volatility of a strike: skewed towards low strikes, curved, constant beyond three standard deviations. */
export function smileVolatility(atTheMoney: number, spot: number, strike: number, years: number): number {
  const scale = atTheMoney * Math.sqrt(Math.max(years, 5 / 365));
  const moneyness = Math.max(-3, Math.min(3, Math.log(strike / spot) / scale));
  return atTheMoney * (1 - 0.05 * moneyness + 0.02 * moneyness ** 2);
}

/** Dollars onto the price grid, in cents. */
function onTick(price: number, pennies: boolean, round: (value: number) => number): number {
  const step = pennies || price < 3 ? 1 : 5;
  // The first rounding takes the last digits of the computation away: the result is the same on every machine.
  return round(Math.round((price * 100_000_000) / step) / 1_000_000) * step;
}

function pairs({ contracts, expires }: OptionMarketInput): Pair[] {
  const puts = new Map<string, OptionContract>();
  for (const contract of contracts)
    if (contract.right === 'put') puts.set(`${contract.expiry}/${contract.strike}`, contract);
  const found: Pair[] = [];
  for (const call of contracts) {
    if (call.right !== 'call') continue;
    const put = puts.get(`${call.expiry}/${call.strike}`);
    if (!put) continue;
    found.push({
      strike: call.strike,
      expires: expires(call.expiry),
      call: unquoted(call),
      put: unquoted(put),
    });
  }
  return found;
}

function unquoted({ symbol }: OptionContract): QuotedContract {
  return { symbol, bid: -1, ask: -1, bidSize: 0, askSize: 0 };
}
