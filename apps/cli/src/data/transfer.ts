import { Command } from 'commander';
import { latestSession, nyDate } from '@trading-agent/calendar';
import { loadSettings } from '@trading-agent/config';
import { type MarketDate, TradingError, addDays, formatRfc3339, systemClock } from '@trading-agent/core';
import { type DownloadResult, FlatFileBucket, type IngestResult, download, ingest } from '@trading-agent/market-data';
import { terminal } from '../terminal.ts';
import { usage } from '../usage.ts';
import { countFlag, dayFlag, feedsFlag, interruptible, tickersFlag } from './flags.ts';
import { Progress } from './progress.ts';

interface DownloadFlags {
  readonly feeds: readonly string[];
  readonly from?: MarketDate;
  readonly until?: MarketDate;
  readonly to: string;
  readonly config?: string;
  readonly json: boolean;
}

export function downloadCommand(): Command {
  return new Command('download')
    .description("Fetch the vendor's flat files; broken transfers go on where they stopped.")
    .requiredOption('--feeds <list>', 'feeds such as us_options_opra/day_aggs_v1, comma-separated', feedsFlag)
    .option('--from <day>', 'first day (default: the latest session but one)', dayFlag)
    .option('--until <day>', 'last day (default: the latest session)', dayFlag)
    .requiredOption('--to <dir>', 'folder that gets the files')
    .option('--config <dir>', 'folder of the YAML files (default: ./config)')
    .option('--json', 'print one JSON object on standard output', false)
    .addHelpText('after', DOWNLOAD_EXAMPLES)
    .action(runDownload);
}

const DOWNLOAD_EXAMPLES = `
Needs POLYGON_S3_ACCESS_KEY and POLYGON_S3_SECRET_KEY, which are not the API key.

Examples:
  agent data download --feeds us_options_opra/day_aggs_v1 --from 2026-11-02 --until 2026-11-20 --to ./flatfiles
  agent data download --feeds us_options_opra/minute_aggs_v1,us_stocks_sip/minute_aggs_v1 --to ./flatfiles --json

Exit codes: 0 all there or not due, 1 a file failed, is absent, is not covered by the plan, or it was interrupted, 2 wrong input or keys.`;

async function runDownload(flags: DownloadFlags): Promise<void> {
  const { polygon } = loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(flags.config === undefined ? {} : { configDir: flags.config }),
  });
  const { accessKey, secretKey, endpoint, bucket } = polygon.s3;
  if (accessKey === undefined || secretKey === undefined)
    throw usage('The flat files need their own keys', 'Set POLYGON_S3_ACCESS_KEY and POLYGON_S3_SECRET_KEY.');
  const latest = latestSession(nyDate(systemClock.now()));
  const until = flags.until ?? latest;
  const from = flags.from ?? latestSession(addDays(until, -1));
  if (from > until) throw usage(`--from ${from} lies after --until ${until}`, 'Give the earlier day as --from.');
  const progress = new Progress('MB');
  let finished = 0;
  const results = await interruptible((signal) =>
    download({
      bucket: new FlatFileBucket({ endpoint, bucket, accessKey: accessKey.reveal(), secretKey: secretKey.reveal() }),
      feeds: flags.feeds,
      from,
      to: until,
      toDir: flags.to,
      clock: systemClock,
      signal,
      onBytes: ({ key, bytes, size }) => progress.show(megabytes(finished + bytes), megabytes(finished + size), key),
      onDay: (result) => {
        finished += result.bytes;
        if (!flags.json && result.outcome !== 'holiday') progress.above(`${describeDownload(result)}\n`);
      },
    }).finally(() => progress.end()),
  );
  const failed = count(results, 'failed');
  if (flags.json) terminal.out(`${JSON.stringify({ to: flags.to, failed, results: results.map(asJson) })}\n`);
  else terminal.out(`${OUTCOMES.map((outcome) => `${count(results, outcome)} ${outcome}`).join(', ')}\n`);
  const refused = results.find(({ outcome }) => outcome === 'not-entitled')?.error;
  const lacking = failed + count(results, 'absent');
  if (lacking > 0) throw incomplete(`${lacking} of ${results.length} files failed or are absent`);
  if (refused) throw refused;
}

const OUTCOMES = ['downloaded', 'replaced', 'unchanged', 'late', 'absent', 'not-entitled', 'failed'] as const;

/** An error by its code and words. */
function asJson({ error, dueAt, ...result }: DownloadResult): object {
  return {
    ...result,
    ...(dueAt !== undefined && { dueAt: formatRfc3339(dueAt) }),
    ...(error && { error: { code: error.code, message: error.message } }),
  };
}

/** The result is out; what is left is the exit code. */
function incomplete(message: string): TradingError {
  return new TradingError('DATA_INCOMPLETE', message, { hint: 'Run it again: what is there is kept.' });
}

function count(results: readonly { readonly outcome: string }[], outcome: string): number {
  return results.filter((result) => result.outcome === outcome).length;
}

function describeDownload({ feed, date, outcome, bytes, dueAt, error }: DownloadResult): string {
  const due = outcome === 'late' && dueAt !== undefined ? `, due ${formatRfc3339(dueAt)}` : '';
  return `${feed} ${date} ${outcome}${due}${bytes > 0 ? ` ${megabytes(bytes)} MB` : ''}${error ? `: ${error.message}` : ''}`;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 100_000) / 10;
}

interface IngestFlags {
  readonly from: string;
  readonly to: string;
  readonly feeds?: readonly string[];
  readonly since?: MarketDate;
  readonly until?: MarketDate;
  readonly symbols?: readonly string[];
  readonly threads: number;
  readonly parquet: boolean;
  readonly json: boolean;
}

export function ingestCommand(): Command {
  return new Command('ingest')
    .description('Turn flat files into the lake; running it again changes nothing.')
    .requiredOption('--from <dir>', 'folder with flat files (us_options_opra/..., us_stocks_sip/...)')
    .requiredOption('--to <dir>', 'folder of the lake')
    .option('--feeds <list>', 'only these feeds, comma-separated', feedsFlag)
    .option('--since <day>', 'first day', dayFlag)
    .option('--until <day>', 'last day', dayFlag)
    .option('--symbols <list>', 'of quotes only these underlyings; tick quotes need it', tickersFlag)
    .option('--threads <n>', 'days at a time', countFlag, 2)
    .option('--no-parquet', 'leave the Parquet files out')
    .option('--json', 'print one JSON object on standard output', false)
    .addHelpText('after', INGEST_EXAMPLES)
    .action(runIngest);
}

const INGEST_EXAMPLES = `
Examples:
  agent data ingest --from ./flatfiles --to ./lake
  agent data ingest --from ./flatfiles --to ./lake --feeds us_options_opra/quotes_v1 --symbols SPY --json

Exit codes: 0 done, 1 a file failed or was interrupted, 2 wrong input.`;

async function runIngest(flags: IngestFlags): Promise<void> {
  const progress = new Progress('files');
  const report = await interruptible((signal) =>
    ingest({
      fromDir: flags.from,
      lakeDir: flags.to,
      threads: flags.threads,
      parquet: flags.parquet,
      signal,
      ...(flags.feeds && { feeds: flags.feeds }),
      ...(flags.since && { from: flags.since }),
      ...(flags.until && { to: flags.until }),
      ...(flags.symbols && { underlyings: flags.symbols }),
      onDay: (result, { done, total }) => {
        if (!terminal.isInteractive() && !flags.json) terminal.error(`${describeIngest(result)}\n`);
        else progress.show(done, total, `${result.feed} ${result.date}`);
        if (result.outcome === 'failed' && terminal.isInteractive()) progress.above(`${describeIngest(result)}\n`);
      },
    }).finally(() => progress.end()),
  );
  const { results, unknownFeeds } = report;
  const failed = count(results, 'failed');
  const rows = results.reduce((sum, { manifest }) => sum + (manifest?.rows ?? 0), 0);
  const quarantined = results.reduce((sum, { manifest }) => sum + (manifest?.quarantined ?? 0), 0);
  const totals = {
    files: results.length,
    ingested: count(results, 'ingested'),
    unchanged: count(results, 'unchanged'),
    failed,
    rows,
    quarantined,
  };
  if (flags.json) {
    const files = results.map(({ feed, date, outcome, manifest, error }) => ({
      feed,
      date,
      outcome,
      rows: manifest?.rows ?? 0,
      quarantined: manifest?.quarantined ?? 0,
      ...(error && { error }),
    }));
    terminal.out(`${JSON.stringify({ from: flags.from, to: flags.to, ...totals, unknownFeeds, results: files })}\n`);
  } else {
    for (const feed of unknownFeeds) terminal.error(`warning ${feed} is no feed of the layout; left out\n`);
    terminal.out(
      `${totals.ingested} files ingested, ${totals.unchanged} unchanged, ${failed} failed: ${rows} rows, ${quarantined} quarantined\n`,
    );
  }
  if (failed > 0) throw incomplete(`${failed} of ${results.length} files failed`);
}

function describeIngest({ feed, date, outcome, manifest, error }: IngestResult): string {
  const rows = manifest
    ? ` ${manifest.rows} rows${manifest.quarantined > 0 ? `, ${manifest.quarantined} quarantined` : ''}`
    : '';
  return `${feed} ${date} ${outcome}${rows}${error ? `: ${error.message}` : ''}`;
}
