import type { Random } from '@trading-agent/core';
import { exp, normal, square } from './arithmetic.ts';

export const SESSIONS_PER_YEAR = 252;
/** Part of a day's variance that happens while the market is closed. */
const OVERNIGHT = 0.3;
/** Part of the jumps that happen while the market is closed. */
export const OVERNIGHT_JUMPS = 0.4;

/** Jumps of a factor: their number a year, mean and standard deviation of the log size. */
export interface JumpLaw {
  readonly perYear: number;
  readonly mean: number;
  readonly deviation: number;
}

/** How one source of returns (the market, or what is a name's own) behaves. */
export interface FactorLaw {
  /** Long-run annual volatility of the diffusion, decimal; jumps come on top. */
  readonly volatility: number;
  /** Log volatility per session: an AR(1) process (S. J. Taylor, "Modelling Financial Time Series", 1986). */
  readonly persistence: number;
  readonly volatilityShock: number;
  /** Correlation of a session's return with the shock to the next session's log volatility (F. Black's leverage effect). */
  readonly leverage: number;
  /** A calm and a stressed regime (J. D. Hamilton, 1989): the chance per session to enter and to leave stress, and its variance ratio. */
  readonly stress: { readonly enter: number; readonly leave: number; readonly variance: number } | null;
  readonly jumps: JumpLaw | null;
}

/** One factor's part in one session. Returns are raw: without the corrections that make a price a martingale. */
export interface FactorDay {
  /** Variance of the diffusion over the whole session and the night before it. */
  readonly variance: number;
  /** Log volatility about its mean. */
  readonly level: number;
  readonly stressed: boolean;
  /** Diffusion returns, mean 0. */
  readonly overnight: number;
  readonly intraday: number;
  /** Log size of the jump while closed, 0 for none. */
  readonly nightJump: number;
  /** Log size of the jump in the session, 0 for none, and where in the session, 0 to 1. */
  readonly dayJump: number;
  readonly dayJumpAt: number;
}

/** Variance of the diffusion from open to close, of that of the whole session. */
export function intradayVariance(variance: number): number {
  return (1 - OVERNIGHT) * variance;
}

export function overnightVariance(variance: number): number {
  return OVERNIGHT * variance;
}

/** Stationary variance of the log volatility. */
function spread({ volatilityShock, persistence }: FactorLaw): number {
  return square(volatilityShock) / (1 - square(persistence));
}

/** Variance factors of calm and stress, with mean 1 in the long run. */
function regimes(stress: NonNullable<FactorLaw['stress']>): { calm: number; stressed: number; share: number } {
  const share = stress.enter / (stress.enter + stress.leave);
  const calm = 1 / (1 - share + share * stress.variance);
  return { calm, stressed: calm * stress.variance, share };
}

/** Each session of a factor. A day draws the same numbers whatever happened before, and does not depend on later ones. */
export function factorDays(random: Random, law: FactorLaw, count: number): FactorDay[] {
  const { volatility, persistence, volatilityShock, leverage, stress, jumps } = law;
  const base = (volatility * volatility) / SESSIONS_PER_YEAR;
  const stationary = spread(law);
  const free = Math.sqrt(1 - leverage * leverage);
  const regime = stress === null ? null : regimes(stress);
  const jumpChance = jumps === null ? 0 : jumps.perYear / SESSIONS_PER_YEAR;
  const days: FactorDay[] = [];
  let level = 0;
  let stressed = false;
  for (let index = 0; index < count; index += 1) {
    // Minus twice the variance: the mean of the squared volatility is then the square of the long-run one.
    let variance = base * exp(2 * level - 2 * stationary);
    if (regime !== null) variance *= stressed ? regime.stressed : regime.calm;
    const night = normal(random);
    const day = normal(random);
    const shock = normal(random);
    const jump = random.next() < jumpChance;
    const size = jumps === null ? 0 : jumps.mean + jumps.deviation * normal(random);
    const at = random.next();
    const atNight = jump && at < OVERNIGHT_JUMPS;
    const turn = random.next();
    days.push({
      variance,
      level,
      stressed,
      overnight: Math.sqrt(overnightVariance(variance)) * night,
      intraday: Math.sqrt(intradayVariance(variance)) * day,
      nightJump: atNight ? size : 0,
      dayJump: jump && !atNight ? size : 0,
      dayJumpAt: (at - OVERNIGHT_JUMPS) / (1 - OVERNIGHT_JUMPS),
    });
    const surprise = Math.sqrt(OVERNIGHT) * night + Math.sqrt(1 - OVERNIGHT) * day;
    level = persistence * level + volatilityShock * (leverage * surprise + free * shock);
    if (stress !== null) stressed = stressed ? turn >= stress.leave : turn < stress.enter;
  }
  return days;
}

/** Expected number of jumps times the mean square of their log size, per session. */
export function jumpVariance(law: FactorLaw): number {
  const { jumps } = law;
  return jumps === null ? 0 : (jumps.perYear / SESSIONS_PER_YEAR) * (square(jumps.mean) + square(jumps.deviation));
}

/**
 * What the factor's diffusion is expected to vary over the `sessions` after a session, seen from inside that session, when the factor has
 * moved by `known` of its own standard deviations since the close before and `rest` of the session's variance is still to come. Exact but
 * for the small term in which `rest` enters.
 */
export class VarianceForecast {
  readonly #law: FactorLaw;
  readonly #today: FactorDay;

  constructor(law: FactorLaw, today: FactorDay) {
    this.#law = law;
    this.#today = today;
  }

  /** Expected log volatility of the next session, corrected for what today may still add. */
  state(known: number, rest: number): number {
    const { persistence, volatilityShock, leverage } = this.#law;
    const pushed = volatilityShock * leverage;
    return persistence * this.#today.level + pushed * known + pushed * pushed * rest;
  }

  /** Sum over the next `sessions` of the variance per session, given `state`. */
  sum(sessions: number, state: number): number {
    const law = this.#law;
    const { persistence, volatilityShock, leverage, stress } = law;
    const stationary = spread(law);
    const base = (law.volatility * law.volatility) / SESSIONS_PER_YEAR;
    const regime = stress === null ? null : regimes(stress);
    const stay = stress === null ? 0 : 1 - stress.enter - stress.leave;
    let gone = 1;
    let weight = 1;
    // Of the first shock only the part that no return of today explains is unknown.
    let uncertain = square(volatilityShock) * (1 - leverage * leverage);
    let total = 0;
    for (let k = 1; k <= sessions; k += 1) {
      let variance = base * exp(2 * weight * state + 2 * uncertain - 2 * stationary);
      if (regime !== null) {
        gone *= stay;
        const inStress = regime.share + gone * ((this.#today.stressed ? 1 : 0) - regime.share);
        variance *= regime.calm + inStress * (regime.stressed - regime.calm);
      }
      total += variance;
      weight *= persistence;
      uncertain = persistence * persistence * uncertain + square(volatilityShock);
    }
    return total;
  }
}
