import { type MarketDate, type Micros, MICROS_PER_MINUTE, daysBetween } from '@trading-agent/core';
import type { ExitSettings } from './settings.ts';

/** A held structure as the exit rules see it. Prices per share and unit, signed as at entry: debit positive, credit negative. */
export interface HeldStructure {
  readonly entryNet: number;
  readonly openedAt: Micros;
  /** Earliest expiry among the legs. */
  readonly expiry: MarketDate;
  /** Value of the entry package at the midpoints now, same sign convention; `null` when it can't be marked. */
  readonly mid: number | null;
}

/** Why a structure is to be left, with the number and the limit it was measured against. */
export interface ExitReason {
  readonly rule: 'profit-target' | 'stop-loss' | 'time-exit' | 'expiry-exit';
  readonly actual: number;
  readonly limit: number;
}

/**
 * The exit that applies, if any: expiry first, then stop, target and time. The gain is measured against the premium of the entry,
 * paid or received. What can't be marked is left only by time.
 */
export function exitReason(
  held: HeldStructure,
  settings: ExitSettings,
  date: MarketDate,
  at: Micros,
): ExitReason | null {
  const days = daysBetween(date, held.expiry);
  if (days <= settings.minDte) return { rule: 'expiry-exit', actual: days, limit: settings.minDte };
  if (held.mid !== null && held.entryNet !== 0) {
    // A debit position gains when its package becomes dearer, a credit position when buying it back becomes cheaper: both are mid - entry.
    const gain = Math.round(((held.mid - held.entryNet) / Math.abs(held.entryNet)) * 1e6) / 1e6;
    if (gain <= -settings.stopLoss) return { rule: 'stop-loss', actual: -gain, limit: settings.stopLoss };
    if (gain >= settings.profitTarget) return { rule: 'profit-target', actual: gain, limit: settings.profitTarget };
  }
  const minutes = (at - held.openedAt) / MICROS_PER_MINUTE;
  return minutes >= settings.maxMinutes ? { rule: 'time-exit', actual: minutes, limit: settings.maxMinutes } : null;
}
