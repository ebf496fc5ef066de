import { type MarketDate, type Micros, MICROS_PER_MINUTE, daysBetween } from '@trading-agent/core';
import type { StrategySettings } from '@trading-agent/config';

/** When a structure is left; gains and losses as fractions of the premium paid or multiples of the premium received. */
export type ExitSettings = StrategySettings['exit'];

/** A held structure as the exit rules see it. Prices per share and unit, signed as at entry: debit positive, credit negative. */
export interface HeldStructure {
  readonly entryNet: number;
  readonly openedAt: Micros;
  /** Earliest expiry among the legs. */
  readonly expiry: MarketDate;
  /** First of the legs' last trading days: before `expiry` where that is no session or an option settles at its opening. */
  readonly lastDay: MarketDate;
  /** Value of the entry package at the midpoints now, same sign convention; `null` when it can't be marked. */
  readonly mid: number | null;
  /** Largest absolute delta among the sold legs; `null` when none is sold or it can't be told. */
  readonly shortDelta: number | null;
  /**
   * Dollars per share that the holder of a call sold by us gains by exercising it before the next session's ex-dividend date: the dividend
   * less the time value left. `null` when no sold call is in the money or no such date is next.
   */
  readonly exerciseGain: number | null;
}

/** The moment at which exits are judged. */
export interface ExitMoment {
  readonly date: MarketDate;
  readonly at: Micros;
  /** End of the session. */
  readonly close: Micros;
}

export type ExitRule =
  | 'profit-target'
  | 'stop-loss'
  | 'time-exit'
  | 'expiry-exit'
  | 'expiry-day'
  | 'delta-breach'
  | 'ex-dividend';

/** Why a structure is to be left, with the number and the limit it was measured against. */
export interface ExitReason {
  readonly rule: ExitRule;
  readonly actual: number;
  readonly limit: number;
}

/** Exits after which the same structure may be opened anew at a later expiry: what was expected did not end, only its contract did. */
export const ROLLING_EXITS: ReadonlySet<ExitRule> = new Set([
  'time-exit',
  'expiry-exit',
  'expiry-day',
  'delta-breach',
  'ex-dividend',
]);

/**
 * The exit that applies, if any: expiry first, then early exercise, stop, target, delta and time. The gain is measured against the premium
 * of the entry, paid or received. What can't be marked is left by date and time only.
 */
export function exitReason(held: HeldStructure, settings: ExitSettings, now: ExitMoment): ExitReason | null {
  const days = daysBetween(now.date, held.expiry);
  // Who wants to hold to the last day still leaves before its end: nothing of ours is exercised or assigned.
  if (now.date >= held.lastDay && settings.minDte === 0) {
    const left = (now.close - now.at) / MICROS_PER_MINUTE;
    if (left <= settings.expiryMinutes) return { rule: 'expiry-day', actual: left, limit: settings.expiryMinutes };
  } else if (days <= settings.minDte) return { rule: 'expiry-exit', actual: days, limit: settings.minDte };
  if (settings.exDividend && held.exerciseGain !== null && held.exerciseGain > 0)
    return { rule: 'ex-dividend', actual: held.exerciseGain, limit: 0 };
  if (held.mid !== null && held.entryNet !== 0) {
    // A debit position gains when its package becomes dearer, a credit position when buying it back becomes cheaper: both are mid - entry.
    const gain = Math.round(((held.mid - held.entryNet) / Math.abs(held.entryNet)) * 1e6) / 1e6;
    if (gain <= -settings.stopLoss) return { rule: 'stop-loss', actual: -gain, limit: settings.stopLoss };
    if (gain >= settings.profitTarget) return { rule: 'profit-target', actual: gain, limit: settings.profitTarget };
  }
  if (settings.shortDelta < 1 && held.shortDelta !== null && held.shortDelta >= settings.shortDelta)
    return { rule: 'delta-breach', actual: held.shortDelta, limit: settings.shortDelta };
  const minutes = (now.at - held.openedAt) / MICROS_PER_MINUTE;
  return minutes >= settings.maxMinutes ? { rule: 'time-exit', actual: minutes, limit: settings.maxMinutes } : null;
}

/** The exit in a sentence with its number and its limit. */
export function explainExit({ rule, actual, limit }: ExitReason): string {
  const value = Math.round(actual * 1e4) / 1e4;
  const share = (fraction: number): string => `${Math.round(fraction * 1e4) / 100}%`;
  switch (rule) {
    case 'profit-target':
      return `${rule}: gained ${share(actual)} of the premium, the target is ${share(limit)}`;
    case 'stop-loss':
      return `${rule}: lost ${share(actual)} of the premium, the limit is ${share(limit)}`;
    case 'time-exit':
      return `${rule}: held for ${value} minutes, the limit is ${limit}`;
    case 'expiry-exit':
      return `${rule}: ${value} days to expiry, it is left at ${limit}`;
    case 'expiry-day':
      return `${rule}: ${value} minutes to the end of its last day, it is left at ${limit}`;
    case 'delta-breach':
      return `${rule}: a sold leg has a delta of ${value}, the limit is ${limit}`;
    case 'ex-dividend':
      return `${rule}: exercising the sold call for the dividend gains its holder ${value} a share`;
  }
}
