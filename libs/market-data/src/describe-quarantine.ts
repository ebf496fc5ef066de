import type { MarketDay } from './market-day.ts';

/** How many bad rows are named one by one. */
const NAMED = 5;

/** What was left out of a day, a line each for people: the first rows with file, line and reason, then how many more. */
export function describeQuarantine({
  quarantined,
  quarantinedTotal,
}: Pick<MarketDay, 'quarantined' | 'quarantinedTotal'>): readonly string[] {
  const lines = quarantined
    .slice(0, NAMED)
    .map(({ file, line, reason }) => `${file}:${line}: ${reason}; the row is left out`);
  if (quarantinedTotal > lines.length) lines.push(`${quarantinedTotal - lines.length} more rows are left out`);
  return lines;
}
