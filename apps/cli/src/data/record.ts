import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { nyDate, nyTime, optionsClose, requireSession } from '@trading-agent/calendar';
import { loadSettings } from '@trading-agent/config';
import { type MarketDate, type Micros, micros, systemClock } from '@trading-agent/core';
import { openVendorBudget } from '@trading-agent/live-agent';
import { type LiveRecording, createMarketDataCollector, recordFeed } from '@trading-agent/market-data';
import { createPolygonFeed, createPolygonReference } from '@trading-agent/polygon';
import { terminal } from '../terminal.ts';
import { usage } from '../usage.ts';
import { countFlag, dayFlag, tickersFlag } from './flags.ts';
import { Progress } from './progress.ts';

interface RecordFlags {
  readonly symbols: readonly string[];
  readonly to: string;
  readonly date?: MarketDate;
  readonly expiries: number;
  readonly contracts?: number;
  readonly config?: string;
  readonly json: boolean;
}

export function recordCommand(): Command {
  return new Command('record')
    .description('Write the live streams of the day so that it can be replayed.')
    .requiredOption('--symbols <list>', 'underlyings, comma-separated', tickersFlag)
    .requiredOption('--to <dir>', 'folder that gets the day in the flat-file layout')
    .option('--date <day>', 'day to record (default: today in New York; a simulated market has its own)', dayFlag)
    .option('--expiries <days>', 'contracts that expire within so many days', countFlag, 45)
    .option('--contracts <n>', 'option quotes to subscribe to (default: all slots of the connections)', countFlag)
    .option('--config <dir>', 'folder of the YAML files (default: ./config)')
    .option('--json', 'print one JSON object on standard output', false)
    .addHelpText('after', EXAMPLES)
    .action(runRecord);
}

const EXAMPLES = `
Ends with the session, or on Ctrl-C: what has come is kept, and a later start goes on with the same day.
Its requests (listing, bars so far) come out of the tier's budget. Needs POLYGON_API_KEY; POLYGON_REST_URL and POLYGON_SOCKET_URL choose another market, for instance market-sim.

Examples:
  agent data record --symbols SPY --to ./flatfiles
  agent data ingest --from ./flatfiles --to ./lake --symbols SPY

Exit codes: 0 recorded, 1 the feed failed (what had come is kept), 2 wrong input.`;

const POLL_MS = 250;
const FLUSH_EVERY = 20;
/** How long the streams may be quiet after the close before the day counts as over. */
const QUIET_MS = 2_000;
const AFTER_CLOSE_MICROS = 60_000_000;

async function runRecord(flags: RecordFlags): Promise<void> {
  const settings = loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(flags.config === undefined ? {} : { configDir: flags.config }),
  });
  const { polygon } = settings;
  if (polygon.apiKey === undefined) throw usage('A recording needs a feed', 'Set POLYGON_API_KEY.');
  const date = flags.date ?? nyDate(systemClock.now());
  requireSession(date);
  const slots = polygon.connections.options * polygon.quotesPerConnection;
  if (flags.contracts !== undefined && flags.contracts > slots)
    throw usage(
      `--contracts is at most ${slots}`,
      'The connections have no more slots: polygon.connections.options and polygon.quotesPerConnection of config.yaml.',
    );
  const until = micros(Math.max(...flags.symbols.map((symbol) => optionsClose(date, symbol))));
  const apiKey = polygon.apiKey.reveal();
  const budget = openVendorBudget({ settings, apiKey });
  const asking = { restUrl: polygon.restUrl, apiKey, clock: systemClock, budget, priority: 'download' } as const;
  const vendor = createPolygonReference(asking);
  const feed = createPolygonFeed({
    ...asking,
    socketUrl: polygon.socketUrl,
    connections: polygon.connections,
    quotesPerConnection: polygon.quotesPerConnection,
    // The clock says nothing about the hours of another day's market.
    ...(flags.date === undefined ? {} : { muteLimits: 'off' as const }),
  });
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const progress = new Progress('events');
  try {
    const recording = await recordFeed({
      market: createMarketDataCollector({ clock: systemClock, feed, vendor }),
      dir: flags.to,
      date,
      underlyings: flags.symbols,
      clock: systemClock,
      maxContracts: flags.contracts ?? slots,
      expiryDays: flags.expiries,
    });
    let failure: unknown;
    try {
      await untilClose(recording, until, date, progress, () => stopped);
    } catch (error) {
      failure = error;
    }
    const files = await recording.finish();
    progress.end();
    const counts = recording.counts();
    const quarantined = feed.quarantine().total + vendor.quarantine().total;
    if (flags.json)
      terminal.out(
        `${JSON.stringify({ date, to: flags.to, contracts: recording.contracts.length, ...counts, quarantined, files })}\n`,
      );
    else
      terminal.out(
        `${date}: ${counts.quotes} quotes, ${counts.bars} bars, ${counts.trades} trades of ${recording.contracts.length} contracts in ${files.length} files, ${counts.gaps} gaps, ${quarantined} events or rows that could not be read\n`,
      );
    if (failure !== undefined) throw failure;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await feed.close();
    await vendor.close();
    budget.close();
  }
}

/** Returns when the day is over, was stopped, or the stream has ended; fails with the stream. */
async function untilClose(
  recording: LiveRecording,
  until: Micros,
  date: MarketDate,
  progress: Progress,
  isStopped: () => boolean,
): Promise<void> {
  let ended = false;
  let failed: { readonly error: unknown } | undefined;
  recording.ended.then(
    () => (ended = true),
    (error: unknown) => (failed = { error }),
  );
  let events = 0;
  let quietMs = 0;
  for (let turn = 1; !isStopped() && !ended; turn += 1) {
    await delay(POLL_MS);
    if (failed) throw failed.error;
    const { quotes, bars, trades } = recording.counts();
    const total = quotes + bars + trades;
    quietMs = total === events ? quietMs + POLL_MS : 0;
    events = total;
    if (turn % FLUSH_EVERY === 0) recording.flush();
    const latest = recording.latest();
    progress.show(events, 0, latest === 0 ? 'waiting' : `${date} ${nyTime(micros(latest))}`);
    if (latest >= until && quietMs >= QUIET_MS) return;
    if (nyDate(systemClock.now()) === date && systemClock.now() > until + AFTER_CLOSE_MICROS) return;
  }
}
