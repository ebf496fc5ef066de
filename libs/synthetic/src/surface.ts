import { lastTradingDay, requireSession } from '@trading-agent/calendar';
import { type MarketDate, MICROS_PER_DAY, type Micros } from '@trading-agent/core';
import { exp, ln, square } from './arithmetic.ts';
import { type MarketWalk, type UnderlyingDay, type UnderlyingWalk, quarterly } from './daily-walk.ts';
import { VarianceForecast, jumpVariance } from './factor.ts';
import type { FactorMinutes } from './minute-path.ts';

export const DAYS_PER_YEAR = 365;
const MICROS_PER_YEAR = DAYS_PER_YEAR * MICROS_PER_DAY;

/** One cash dividend as the market expects it. */
export interface ExpectedDividend {
  readonly ex: Micros;
  readonly cash: number;
}

/** One expiry at one instant: what it takes to price its European options. */
export interface Slice {
  readonly years: number;
  readonly forward: number;
  readonly discount: number;
  /** At-the-money total variance. */
  readonly theta: number;
  readonly rho: number;
  /** Curvature; see `SsviSlice` of the pricing library. */
  readonly phi: number;
}

/** How strongly volatility answers to moves, which is what a smile shows. */
interface SmileShape {
  readonly rho: number;
  /** Curvature of the shortest expiries, from jumps. */
  readonly base: number;
  /** Volatility of volatility, annual, and how fast it is forgotten, per year. */
  readonly volatilityOfVolatility: number;
  readonly reversion: number;
}

const INDEX_SMILE: SmileShape = { rho: -0.62, base: 0.35, volatilityOfVolatility: 1.9, reversion: 6 };
const STOCK_SMILE: SmileShape = { rho: -0.28, base: 0.5, volatilityOfVolatility: 1.7, reversion: 6 };

/** Sums of expected variance over an expiry's later sessions, as a log-quadratic in the state of the factor. */
interface Curve {
  readonly at: number;
  readonly level: number;
  readonly slope: number;
  readonly bend: number;
}

interface ExpiryTerms {
  readonly expiry: MarketDate;
  readonly expires: Micros;
  /** Sessions after today up to the last on which it trades. */
  readonly sessions: number;
  readonly market: Curve;
  readonly own: Curve;
  /** Variance that neither factor's diffusion has: jumps and results in the sessions after today. */
  readonly later: number;
  readonly dividends: readonly ExpectedDividend[];
}

const STEP = 0.3;

export interface SurfaceInput {
  readonly walk: MarketWalk;
  readonly underlying: UnderlyingWalk;
  readonly day: UnderlyingDay;
  readonly market: FactorMinutes;
  readonly own: FactorMinutes;
  readonly open: Micros;
  readonly expiries: readonly MarketDate[];
}

/**
 * Total variances and forwards of one underlying's expiries through a session. The at-the-money total variance is what the process behind
 * the prices is expected to vary until the expiry, given what has happened so far, times the premium of the kind of market: results in
 * between raise it until they are out, a fall raises it by as much as it raises the volatility to come. The smile is surface SVI
 * (Gatheral and Jacquier, arXiv:1204.0646) with φ = sqrt(η² / θ), η² rising with the time to expiry from what jumps make to what the
 * volatility of volatility makes: no slice has butterfly, no two have calendar arbitrage.
 */
export class Surface {
  readonly #input: SurfaceInput;
  readonly #terms: readonly ExpiryTerms[];
  readonly #premium: number;
  readonly #smile: SmileShape;
  readonly #marketForecast: VarianceForecast;
  readonly #ownForecast: VarianceForecast;
  readonly #jumps: number;
  /** By minute: what the factors have moved since the close before, and what variance is left of the session. */
  readonly #marketMoved: Float64Array;
  readonly #ownMoved: Float64Array;
  readonly #marketLeft: Float64Array;
  readonly #ownLeft: Float64Array;

  constructor(input: SurfaceInput) {
    const { walk, underlying, day, market, own } = input;
    const { profile, law } = underlying;
    this.#input = input;
    const single = profile.kind === 'stock';
    this.#premium = single ? walk.rules.stockVariancePremium : walk.rules.indexVariancePremium;
    this.#smile = single ? STOCK_SMILE : INDEX_SMILE;
    this.#marketForecast = new VarianceForecast(walk.marketLaw, day.market);
    this.#ownForecast = new VarianceForecast(law.own, day.own);
    this.#jumps = square(profile.beta) * jumpVariance(walk.marketLaw) + jumpVariance(law.own);
    this.#marketMoved = moved(day.market.overnight, market.returns);
    this.#ownMoved = moved(day.own.overnight, own.returns);
    this.#marketLeft = left(market.variances);
    this.#ownLeft = left(own.variances);
    this.#terms = input.expiries.map((expiry) => this.#expiry(expiry));
  }

  get expiries(): readonly ExpiryTerms[] {
    return this.#terms;
  }

  /** `mood`: log of the volatility that market makers quote over the one expected. */
  slice(terms: ExpiryTerms, minute: number, at: Micros, spot: number, mood: number): Slice {
    const { walk, day, underlying } = this.#input;
    const { rate, smilePremium } = walk.rules;
    const beta2 = square(underlying.profile.beta);
    const marketLeft = this.#marketLeft[minute] ?? 0;
    const ownLeft = this.#ownLeft[minute] ?? 0;
    const minutes = this.#marketLeft.length;
    let theta = beta2 * marketLeft + ownLeft + this.#jumps * (1 - (minute + 1) / minutes);
    if (terms.sessions > 0) {
      const market = this.#marketForecast.state(
        (this.#marketMoved[minute] ?? 0) / Math.sqrt(day.market.variance),
        marketLeft / day.market.variance,
      );
      theta += beta2 * evaluate(terms.market, market);
      if (day.own.variance > 0) {
        const own = this.#ownForecast.state(
          (this.#ownMoved[minute] ?? 0) / Math.sqrt(day.own.variance),
          ownLeft / day.own.variance,
        );
        theta += evaluate(terms.own, own);
      }
      theta += this.#jumps * terms.sessions;
    }
    theta = this.#premium * exp(2 * mood) * theta + terms.later;
    const years = Math.max(0, (terms.expires - at) / MICROS_PER_YEAR);
    const discount = exp(-rate * years);
    let forward = spot;
    for (const { ex, cash } of terms.dividends)
      if (ex > at) forward -= cash * exp((-rate * (ex - at)) / MICROS_PER_YEAR);
    forward = Math.max(forward, 0.01 * spot) / discount;
    const { rho, base, volatilityOfVolatility, reversion } = this.#smile;
    const forgotten = (1 - exp(-reversion * years)) / reversion;
    const eta2 = square(smilePremium) * (square(base) + square(volatilityOfVolatility) * forgotten);
    // At expiry there is nothing left to vary; the square root keeps the slice defined until then.
    const level = Math.max(theta, 1e-12);
    return { years, forward, discount, theta: level, rho, phi: Math.sqrt(eta2 / level) };
  }

  #expiry(expiry: MarketDate): ExpiryTerms {
    const { walk, underlying, day } = this.#input;
    const last = lastTradingDay(expiry, 'pm');
    const lastIndex = walk.sessions.indexOf(last, day.index);
    const sessions = lastIndex - day.index;
    let later = 0;
    const dividends: ExpectedDividend[] = [];
    const { calendar, law, profile } = underlying;
    const year = day.date.slice(0, 4);
    for (let index = day.index + 1; index <= lastIndex; index += 1) {
      if (calendar.earnings[index] === 1) later += square(law.earningsGap);
      if (calendar.exDividend[index] !== 1) continue;
      const date = walk.sessions[index];
      if (date === undefined) continue;
      const cash = date.slice(0, 4) === year ? day.quarterly : quarterly(profile, day.previousClose);
      if (cash > 0) dividends.push({ ex: requireSession(date).open, cash });
    }
    return {
      expiry,
      expires: requireSession(last).close,
      sessions,
      market: curve(this.#marketForecast, sessions),
      own: curve(this.#ownForecast, sessions),
      later,
      dividends,
    };
  }
}

/** Total variance of a strike at log-moneyness `k` (strike over forward): raw surface SVI. */
export function totalVariance({ theta, rho, phi }: Slice, k: number): number {
  const x = phi * k + rho;
  return 0.5 * theta * (1 + rho * phi * k + Math.sqrt(x * x + 1 - rho * rho));
}

function curve(forecast: VarianceForecast, sessions: number): Curve {
  const at = forecast.state(0, 0.7);
  if (sessions <= 0) return { at, level: Number.NEGATIVE_INFINITY, slope: 0, bend: 0 };
  const [low, middle, high] = [at - STEP, at, at + STEP].map((state) => forecast.sum(sessions, state));
  if (!(middle !== undefined && middle > 0 && low !== undefined && high !== undefined))
    return { at, level: Number.NEGATIVE_INFINITY, slope: 0, bend: 0 };
  const [down, level, up] = [ln(low), ln(middle), ln(high)];
  return { at, level, slope: (up - down) / (2 * STEP), bend: (up - 2 * level + down) / (2 * STEP * STEP) };
}

function evaluate({ at, level, slope, bend }: Curve, state: number): number {
  const x = state - at;
  return exp(level + x * (slope + x * bend));
}

function moved(overnight: number, returns: Float64Array): Float64Array {
  let total = overnight;
  return returns.map((value) => (total += value));
}

/** What is left of the session's variance after each minute. */
function left(variances: Float64Array): Float64Array {
  const rest = new Float64Array(variances.length);
  let total = 0;
  for (let minute = variances.length - 1; minute >= 0; minute -= 1) {
    rest[minute] = total;
    total += variances[minute] ?? 0;
  }
  return rest;
}
