import { nyDate, nyInstant } from '@trading-agent/calendar';
import { MICROS_PER_MINUTE, type Micros, addDays, micros } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import type { EarlierBars } from '../../market/earlier-bars.ts';
import type { Simulation } from '../../market/simulation.ts';
import { badParameter } from '../replies.ts';

const MINUTES: Readonly<Record<string, number>> = { Min: 1, T: 1, Hour: 60, H: 60 };
const MOST_DAYS = 3_660;

/** Where a window that holds `at` begins. @throws {BrokerRefusal} for a timeframe that is not one. */
export function windowOf(timeframe: string): (at: Micros) => Micros {
  const [, count = '', unit = ''] = /^(\d{1,2})(Min|T|Hour|H|Day|D)$/.exec(timeframe) ?? [];
  const number = Number(count);
  const minutes = MINUTES[unit];
  if (!(number >= 1) || (minutes === undefined && number !== 1)) throw badParameter(`invalid timeframe: ${timeframe}`);
  if (minutes === undefined) return (at) => nyInstant(nyDate(at), '00:00');
  const length = number * minutes * MICROS_PER_MINUTE;
  return (at) => {
    const midnight = nyInstant(nyDate(at), '00:00');
    return micros(midnight + Math.floor((at - midnight) / length) * length);
  };
}

/** Bars of `symbol` in windows from `from` to `to`, oldest first: earlier days from the market's past, today's up to now. */
export async function barsOf(
  symbol: string,
  range: { readonly from: Micros; readonly to: Micros; readonly timeframe: string },
  { simulation, earlier }: { readonly simulation: Simulation; readonly earlier: EarlierBars },
): Promise<readonly Bar[]> {
  const startOf = windowOf(range.timeframe);
  const yesterday = addDays(simulation.session.date, -1);
  const oldest = addDays(yesterday, -MOST_DAYS);
  const first = nyDate(range.from) < oldest ? oldest : nyDate(range.from);
  const last = nyDate(range.to) < yesterday ? nyDate(range.to) : yesterday;
  const past = first <= last ? await earlier(symbol, first, last) : [];
  const merged = new Map<Micros, Bar>();
  for (const bar of [...past, ...simulation.index.barsOfDay(symbol, simulation.step)]) {
    if (bar.start < range.from || bar.start > range.to) continue;
    const start = startOf(bar.start);
    const before = merged.get(start);
    merged.set(start, {
      ...bar,
      start,
      open: before?.open ?? bar.open,
      high: Math.max(before?.high ?? bar.high, bar.high),
      low: Math.min(before?.low ?? bar.low, bar.low),
      volume: (before?.volume ?? 0) + bar.volume,
    });
  }
  return [...merged.values()];
}
