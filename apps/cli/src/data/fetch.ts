import { Command } from 'commander';
import { loadSettings } from '@trading-agent/config';
import { type MarketDate, TradingError, systemClock } from '@trading-agent/core';
import { openVendorBudget } from '@trading-agent/live-agent';
import {
  FETCHABLE,
  type Fetchable,
  type FetchOutcome,
  type RequestBudget,
  fetchIntoLake,
} from '@trading-agent/market-data';
import { createPolygonReference } from '@trading-agent/polygon';
import { terminal } from '../terminal.ts';
import { usage } from '../usage.ts';
import { fetchWindow, underlyingsFlag, whatFlag } from './fetch-window.ts';
import { countFlag, dayFlag, interruptible } from './flags.ts';
import { Progress } from './progress.ts';

interface FetchFlags {
  readonly symbols: readonly string[];
  readonly days: number;
  readonly until?: MarketDate;
  readonly what: readonly Fetchable[];
  readonly to: string;
  readonly contracts?: number;
  readonly config?: string;
  readonly parquet: boolean;
  readonly json: boolean;
}

export function fetchCommand(): Command {
  return new Command('fetch')
    .description(
      "Fetch market data by request into the lake, within the day's budget; a later run goes on where one ended.",
    )
    .requiredOption('--symbols <list>', 'underlyings, comma-separated', underlyingsFlag)
    .option('--days <n>', 'trading days', countFlag, 30)
    .option('--until <day>', 'the last of them (default: the latest before today)', dayFlag)
    .option('--what <list>', `what to fetch: ${FETCHABLE.join(', ')}`, whatFlag, ['chain', 'aggs'] as const)
    .requiredOption('--to <dir>', 'folder of the lake')
    .option(
      '--contracts <n>',
      'contracts an underlying has, for the progress (default: 10,000, or as last time)',
      countFlag,
    )
    .option('--no-parquet', 'leave the Parquet files out')
    .option('--config <dir>', 'folder of the YAML files (default: ./config)')
    .option('--json', 'print one JSON object on standard output', false)
    .addHelpText('after', EXAMPLES)
    .action(runFetch);
}

const EXAMPLES = `
agent data plan says before what it costs. Every request takes a token of the tier's budget (ACCOUNT_BALANCE) after those of trading and scans.
What the vendor's flat files have put into the lake is not asked for. Bars and ticks become days of the lake; dividends, splits, yields, listings,
chains and news lie in its folder reference. Needs POLYGON_API_KEY; POLYGON_REST_URL chooses another market, for instance market-sim.

Examples:
  agent data fetch --symbols SPY --days 90 --what chain,aggs --to ./lake
  agent data fetch --symbols SPY,AAPL --days 250 --what daily,dividends,splits,treasury --to ./lake --json
  agent data coverage --data ./lake

Exit codes: 0 all there, 1 something failed, is not covered by the plan, or the run ended before the end (run it again), 2 wrong input.`;

async function runFetch(flags: FetchFlags): Promise<void> {
  const settings = loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(flags.config === undefined ? {} : { configDir: flags.config }),
  });
  const { polygon } = settings;
  if (polygon.apiKey === undefined) throw usage('A fetch needs a vendor', 'Set POLYGON_API_KEY.');
  const window = fetchWindow(systemClock.now(), flags.days, flags.until);
  const apiKey = polygon.apiKey.reveal();
  const budget = openVendorBudget({ settings, apiKey });
  const counted = countedBudget(budget);
  const vendor = createPolygonReference({
    restUrl: polygon.restUrl,
    apiKey,
    clock: systemClock,
    budget: counted,
    priority: 'download',
  });
  const progress = new Progress('calls');
  try {
    const outcome = await interruptible((signal) => {
      // A wait for a token ends with the client.
      signal.addEventListener('abort', () => void vendor.close(), { once: true });
      return fetchIntoLake({
        lakeDir: flags.to,
        vendor,
        calls: counted.calls,
        symbols: flags.symbols,
        ...window,
        what: flags.what,
        parquet: flags.parquet,
        signal,
        ...(flags.contracts !== undefined && { assume: { contractsPerUnderlying: flags.contracts } }),
        onProgress: ({ calls, planned, job }) =>
          progress.show(calls, planned, `${job.step} ${job.symbol} ${job.dates.at(-1) ?? ''}`),
      }).finally(() => progress.end());
    });
    tell(flags, outcome, vendor.quarantine().total);
  } finally {
    await vendor.close();
    budget.close();
  }
}

/** Counts the tokens that were taken: one for every page and every repeat. */
function countedBudget(budget: RequestBudget): Pick<RequestBudget, 'take'> & { readonly calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    async take(priority, signal) {
      await budget.take(priority, signal);
      calls += 1;
    },
  };
}

function tell(
  flags: FetchFlags,
  { jobs, calls, planned, ingested, problems }: FetchOutcome,
  quarantined: number,
): void {
  const days = ingested.map(({ feed, date, outcome, manifest, error }) => ({
    feed,
    date,
    outcome,
    rows: manifest?.rows ?? 0,
    ...(error && { error: { code: error.code, message: error.message } }),
  }));
  const failedDays = days.filter(({ outcome }) => outcome === 'failed').length;
  if (flags.json) {
    const told = problems.map(({ job, error }) => ({
      step: job.step,
      symbol: job.symbol,
      date: job.dates[0],
      code: error.code,
      message: error.message,
    }));
    terminal.out(`${JSON.stringify({ to: flags.to, jobs, calls, planned, quarantined, days, problems: told })}\n`);
  } else {
    for (const { job, error } of problems) terminal.error(`warning ${job.step} ${job.symbol}: ${error.message}\n`);
    const rows = days.reduce((sum, day) => sum + day.rows, 0);
    terminal.out(
      `${jobs.done} jobs done with ${calls} calls (${planned} planned), ${jobs.notEntitled} not covered by the plan, ${jobs.failed} failed; ` +
        `${days.length} days of the lake made anew with ${rows} rows, ${quarantined} rows of answers quarantined\n`,
    );
  }
  const lacking = jobs.failed + jobs.notEntitled + failedDays;
  if (lacking > 0) {
    const refused =
      jobs.failed + failedDays === 0 ? problems.find(({ error }) => error.code === 'FEED_NOT_ENTITLED') : undefined;
    if (refused) throw refused.error;
    throw new TradingError('DATA_INCOMPLETE', `${lacking} jobs or days failed or are not covered by the plan`, {
      hint: 'Run it again: what is there is kept.',
    });
  }
}
