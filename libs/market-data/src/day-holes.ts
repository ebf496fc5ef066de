import { requireSession } from '@trading-agent/calendar';
import { MICROS_PER_MINUTE, type MarketDate, type Micros, formatRfc3339, micros } from '@trading-agent/core';
import type { MarketDay } from './market-day.ts';
import { readRecordedGaps } from './recorder/day-recorder.ts';
import { readHeardUntil } from './recorder/heard-until.ts';

/** Time for which a day has nothing of an underlying, though the market was open. */
export interface DayHole {
  /** `recording`: the recorder noted that it was away. */
  readonly what: 'option-quotes' | 'bars' | 'recording';
  /** Empty when it concerns all. */
  readonly underlying: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly reason: string;
}

/** Shorter silences are a quiet market: a sampled chain or a liquid stock is heard of every minute. */
const SILENCE = 15 * MICROS_PER_MINUTE;

/**
 * The holes of a day: an underlying without option quotes or bars for 15 minutes or more of the session (its beginning and end included).
 * What was computed over one saw less than the market told.
 */
export function dayHoles(day: MarketDay): readonly DayHole[] {
  const { open, close } = requireSession(day.date);
  const underlyingOf = new Map<string, string>(day.contracts.map(({ symbol, underlying }) => [symbol, underlying]));
  const heard = {
    'option-quotes': new Map<string, Micros>(),
    bars: new Map<string, Micros>(),
  };
  const holes: DayHole[] = [];
  const silent = (what: 'option-quotes' | 'bars', underlying: string, until: Micros): void => {
    const since = heard[what].get(underlying) ?? open;
    if (until - since >= SILENCE)
      holes.push({ what, underlying, from: since, to: until, reason: `no ${WORDS[what]} of ${underlying}` });
  };
  const hear = (what: 'option-quotes' | 'bars', underlying: string, at: Micros): void => {
    if (at < open || at > close) return;
    if (heard[what].get(underlying) === at) return;
    silent(what, underlying, at);
    heard[what].set(underlying, at);
  };
  for (const { at, quotes, bars } of day.steps) {
    for (const { symbol } of quotes) {
      const underlying = underlyingOf.get(symbol);
      if (underlying !== undefined) hear('option-quotes', underlying, at);
    }
    for (const { symbol } of bars)
      if (!underlyingOf.has(symbol)) hear('bars', symbol.startsWith('I:') ? symbol.slice(2) : symbol, at);
  }
  for (const underlying of day.underlyings) {
    silent('option-quotes', underlying, close);
    silent('bars', underlying, close);
  }
  return holes.sort((a, b) => a.from - b.from);
}

const WORDS = { 'option-quotes': 'option quotes', bars: 'minute bars' } as const;

/** What the recorder noted as missing while it recorded the day, and the rest of the session when it was not there until the end. */
export function recordedHoles(dataDir: string, date: MarketDate): readonly DayHole[] {
  const { open, close } = requireSession(date);
  const heard = readHeardUntil(dataDir, date);
  const gaps = [...readRecordedGaps(dataDir, date)];
  if (heard !== undefined && heard < close - MICROS_PER_MINUTE)
    gaps.push({ from: micros(Math.max(heard, open)), to: close, reason: 'the recording ended before the session' });
  return gaps.map(({ from, to, reason }) => ({
    what: 'recording',
    underlying: '',
    from,
    to,
    reason,
  }));
}

/** A hole in a report. */
export function describeHole({ what, underlying, from, to, reason }: DayHole): {
  readonly what: DayHole['what'];
  readonly underlying: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
} {
  return { what, underlying, from: formatRfc3339(from), to: formatRfc3339(to), reason };
}
