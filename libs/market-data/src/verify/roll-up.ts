import { underlyingOf } from '../coverage/archive.ts';
import type { Findings } from './findings.ts';
import type { BarTotals, DayPass } from './row-checks.ts';

/** How the minute bars of one underlying and day compare with its day bars. */
export interface RollUp {
  readonly asset: string;
  readonly date: string;
  readonly underlying: string;
  /** Tickers with a day bar or minute bars. */
  readonly tickers: number;
  /** Of them: open, high, low, close and volume of the day bar are those of the minutes. */
  readonly equal: number;
  readonly onlyMinutes: number;
  readonly onlyDay: number;
}

const CENT_PART = 1e-6;

/** Compares day bars with the sum of the minute bars. Underlyings that only one of the two feeds speaks of are left out. */
export function compareRollUp(minute: DayPass, day: DayPass, findings: Findings): readonly RollUp[] {
  const groups = new Map<string, { minutes: Set<string>; days: Set<string> }>();
  const group = (ticker: string) => {
    const name = underlyingOf(day.feed.asset, ticker) ?? '?';
    let found = groups.get(name);
    if (!found) groups.set(name, (found = { minutes: new Set(), days: new Set() }));
    return found;
  };
  for (const ticker of minute.totals.keys()) group(ticker).minutes.add(ticker);
  for (const ticker of day.totals.keys()) group(ticker).days.add(ticker);
  const compared: RollUp[] = [];
  for (const [underlying, { minutes, days }] of groups) {
    if (minutes.size === 0 || days.size === 0) continue;
    const place = { source: day.feed.name, date: day.date, underlying };
    const tickers = new Set([...minutes, ...days]);
    let equal = 0;
    for (const ticker of tickers) {
      const summed = minute.totals.get(ticker);
      const stated = day.totals.get(ticker);
      if (summed && stated && same(summed, stated)) equal += 1;
      else findings.found('roll-up', place, () => `${ticker} minutes ${words(summed)}, day ${words(stated)}`);
    }
    findings.checked('roll-up', tickers.size);
    const onlyMinutes = [...minutes].filter((ticker) => !days.has(ticker)).length;
    const onlyDay = [...days].filter((ticker) => !minutes.has(ticker)).length;
    compared.push({
      asset: day.feed.asset,
      date: day.date,
      underlying,
      tickers: tickers.size,
      equal,
      onlyMinutes,
      onlyDay,
    });
  }
  return compared;
}

function same(a: BarTotals, b: BarTotals): boolean {
  const near = (x: number, y: number): boolean => Math.abs(x - y) <= CENT_PART;
  const volume = a.volume === null || b.volume === null || near(a.volume, b.volume);
  return near(a.open, b.open) && near(a.high, b.high) && near(a.low, b.low) && near(a.close, b.close) && volume;
}

function words(bar: BarTotals | undefined): string {
  return bar ? `o ${bar.open} h ${bar.high} l ${bar.low} c ${bar.close} v ${bar.volume ?? '-'}` : 'none';
}
