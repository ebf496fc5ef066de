import { Command } from 'commander';
import { type MarketDate, systemClock } from '@trading-agent/core';
import { type FeedCoverage, type SessionRange, openArchive, surveyCoverage } from '@trading-agent/market-data';
import { terminal } from '../terminal.ts';
import { dayFlag, interruptible, tickersFlag } from './flags.ts';
import { Progress } from './progress.ts';

interface CoverageFlags {
  readonly data: string;
  readonly from?: MarketDate;
  readonly until?: MarketDate;
  readonly symbols?: readonly string[];
  readonly json: boolean;
}

export function coverageCommand(): Command {
  return new Command('coverage')
    .description('Show what is present, missing, late and quarantined, per feed, underlying and day.')
    .requiredOption('--data <dir>', 'lake, or folder of flat files')
    .option('--from <day>', 'first day (default: the first that a feed has)', dayFlag)
    .option('--until <day>', 'last day (default: the last that a feed has)', dayFlag)
    .option('--symbols <list>', 'only these underlyings', tickersFlag)
    .option('--json', 'print one JSON object on standard output', false)
    .addHelpText('after', EXAMPLES)
    .action(runCoverage);
}

const EXAMPLES = `
missing: a session without a row although its file is due. late: the vendor may still publish it (11:00 New York of the next session).

Examples:
  agent data coverage --data ./lake
  agent data coverage --data ./flatfiles --from 2015-01-02 --until 2015-12-31 --symbols AAPL --json

Exit codes: 0 done (whatever is missing), 1 failed or interrupted, 2 wrong input.`;

async function runCoverage(flags: CoverageFlags): Promise<void> {
  const progress = new Progress('files');
  const feeds = await interruptible((signal) =>
    surveyCoverage({
      archive: openArchive(flags.data),
      now: systemClock.now(),
      signal,
      ...(flags.from && { from: flags.from }),
      ...(flags.until && { to: flags.until }),
      ...(flags.symbols && { underlyings: flags.symbols }),
      onProgress: (done, total, label) => progress.show(done, total, label),
    }).finally(() => progress.end()),
  );
  if (flags.json) return terminal.out(`${JSON.stringify({ data: flags.data, feeds })}\n`);
  for (const feed of feeds) terminal.out(describe(feed));
  if (feeds.length === 0) terminal.out(`${flags.data} has no feed of the layout\n`);
}

function describe(feed: FeedCoverage): string {
  const { days } = feed;
  const lines = [
    `${feed.feed}  ${feed.from} to ${feed.to}  ${days.present} days present, ${days.missing} missing, ${days.late} late; ${feed.rows} rows, ${feed.quarantined} quarantined`,
    ...feed.broken.map(({ date, reason }) => `  broken ${date}: ${reason}`),
    ...feed.underlyings.map(
      ({ underlying, rows, missing, quarantined }) =>
        `  ${underlying.padEnd(7)} ${String(rows).padStart(9)} rows  missing ${list(missing)}${quarantined > 0 ? `  quarantined ${quarantined}` : ''}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function list(ranges: readonly SessionRange[]): string {
  if (ranges.length === 0) return '-';
  const shown = ranges.slice(0, 4).map(({ from, to }) => (from === to ? from : `${from}..${to}`));
  return shown.join(' ') + (ranges.length > 4 ? ` and ${ranges.length - 4} more` : '');
}
