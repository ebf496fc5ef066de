import { latestSession, nyDate, nyInstant, optionsClose } from '@trading-agent/calendar';
import { loadSettings } from '@trading-agent/config';
import { type MarketDate, type Micros, addDays, systemClock } from '@trading-agent/core';
import { technicalAnalysis } from '@trading-agent/features';
import { openVendorBudget } from '@trading-agent/live-agent';
import {
  type CollectorSources,
  createMarketDataCollector,
  openArchive,
  openKnownReference,
} from '@trading-agent/market-data';
import { createPolygonReference } from '@trading-agent/polygon';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { terminal } from '../terminal.ts';
import { usage } from '../usage.ts';
import { countFlag, dayFlag } from './flags.ts';
import { QUESTIONS, type QuestionName, type ShowRequest, type ShowRow } from './show-questions.ts';

interface ShowFlags {
  readonly data?: string;
  readonly vendor: boolean;
  readonly from?: MarketDate;
  readonly until?: MarketDate;
  readonly at?: string;
  readonly timespan: 'minute' | 'hour' | 'day';
  readonly raw: boolean;
  readonly window?: number;
  readonly indicators: 'own' | 'vendor';
  readonly limit: number;
  readonly config?: string;
  readonly json: boolean;
}

export function showCommand(): Command {
  return new Command('show')
    .description(
      'Answer a question about market data as of a day: from a lake or flat files, from the vendor, or from both.',
    )
    .addArgument(new Argument('<what>', 'the question').choices(Object.keys(QUESTIONS)))
    .argument('[symbol]', 'stock, index (I:SPX) or option (SPY261218C00650000)', symbolFlag, '')
    .option('--data <dir>', 'lake, or folder of flat files')
    .option('--vendor', 'ask the vendor for what the data do not have', false)
    .option('--from <day>', 'first day (default: 30 days before the last)', dayFlag)
    .option('--until <day>', 'last day, and the day as of which is answered (default: today)', dayFlag)
    .option('--at <HH:MM>', 'New York time of a chain on the last day (default: the close, or now)', timeFlag)
    .addOption(new Option('--timespan <span>', 'of bars').choices(['minute', 'hour', 'day']).default('day'))
    .option('--raw', 'without adjusting for splits', false)
    .option('--window <n>', 'bars of an average or RSI (default: 50, RSI 14)', countFlag)
    .addOption(
      new Option('--indicators <whose>', 'computed here from bars, or the vendor’s')
        .choices(['own', 'vendor'])
        .default('own'),
    )
    .option('--limit <n>', 'rows at the most, the newest', countFlag, 100)
    .option('--config <dir>', 'folder of the YAML files (default: ./config)')
    .option('--json', 'print one JSON object on standard output', false)
    .addHelpText('after', EXAMPLES)
    .action(runShow);
}

const EXAMPLES = `
Nothing that became known after the last day is in an answer. Requests to the vendor take tokens of the day's budget.

Examples:
  agent data show bars AAPL --data ./lake --from 2014-06-02 --until 2014-06-09
  agent data show chain GOOG --data ./flatfiles --until 2015-12-24 --at 10:15 --json
  agent data show rsi SPY --data ./lake --vendor --window 14
  agent data show expected-dividends SPY --data ./lake --from 2026-11-02 --until 2027-03-01
  agent data show status --vendor

Exit codes: 0 answered (maybe with no row), 1 nobody could be asked or answered, 2 wrong input.`;

const NO_SYMBOL: readonly QuestionName[] = ['yields', 'sessions', 'status', 'holidays', 'exchanges', 'conditions'];

async function runShow(what: QuestionName, symbol: string, flags: ShowFlags): Promise<void> {
  if (symbol === '' && !NO_SYMBOL.includes(what))
    throw usage(`${what} needs a symbol`, `For instance: agent data show ${what} SPY.`);
  const request = requestOf(symbol, flags);
  const sources = await sourcesOf(flags);
  try {
    const answer = await QUESTIONS[what](createMarketDataCollector(sources), request);
    const rows = answer.rows.slice(-request.limit);
    const { missing } = answer;
    if (flags.json) {
      const told = { what, symbol, from: request.from, until: request.to, rows, ...(missing && { missing }) };
      return terminal.out(`${JSON.stringify(told)}\n`);
    }
    terminal.out(rows.length === 0 ? 'no rows\n' : table(rows));
    if (missing !== undefined && missing.length > 0)
      terminal.error(`warning no row of ${missing.length} sessions: ${listed(missing)}\n`);
  } finally {
    await sources.close();
  }
}

function requestOf(symbol: string, flags: ShowFlags): ShowRequest {
  const today = nyDate(systemClock.now());
  const to = flags.until ?? today;
  const from = flags.from ?? addDays(to, -30);
  if (from > to) throw usage(`--from ${from} lies after --until ${to}`, 'Give the earlier day as --from.');
  const { timespan, raw, window, limit } = flags;
  const at = instantOf(symbol, to, today, flags.at);
  return {
    symbol,
    from,
    to,
    timespan,
    raw,
    limit,
    ...(at !== undefined && { at }),
    ...(window !== undefined && { window }),
  };
}

/** Of today without a time: as it stands when it is asked. */
function instantOf(symbol: string, to: MarketDate, today: MarketDate, at: string | undefined): Micros | undefined {
  if (at !== undefined) return nyInstant(to, at);
  return to === today ? undefined : optionsClose(latestSession(to), symbol);
}

/** Where answers come from, and how it is let go. */
async function sourcesOf(flags: ShowFlags): Promise<CollectorSources & { close(): Promise<void> }> {
  const own = flags.indicators === 'own' ? { technical: technicalAnalysis } : {};
  const data =
    flags.data === undefined ? {} : { archive: openArchive(flags.data), known: await openKnownReference(flags.data) };
  if (!flags.vendor) return { clock: systemClock, ...data, ...own, close: () => Promise.resolve() };
  const settings = loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(flags.config === undefined ? {} : { configDir: flags.config }),
  });
  const key = settings.polygon.apiKey;
  if (key === undefined) throw usage('The vendor needs a key', 'Set POLYGON_API_KEY, or leave --vendor out.');
  const budget = openVendorBudget({ settings, apiKey: key.reveal() });
  const vendor = createPolygonReference({
    restUrl: settings.polygon.restUrl,
    apiKey: key.reveal(),
    clock: systemClock,
    budget,
    priority: 'download',
  });
  return {
    clock: systemClock,
    ...data,
    ...own,
    vendor,
    async close() {
      await vendor.close();
      budget.close();
    },
  };
}

const MOST_NAMED = 10;
function listed(dates: readonly MarketDate[]): string {
  const named = dates.slice(0, MOST_NAMED).join(', ');
  return dates.length > MOST_NAMED ? `${named}, ... until ${dates.at(-1)}` : named;
}

function table(rows: readonly ShowRow[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const texts = rows.map((row) => names.map((name) => cell(row[name])));
  const widths = names.map((name, column) => Math.max(name.length, ...texts.map((line) => line[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[line(names), ...texts.map(line)].join('\n')}\n`;
}

function cell(value: ShowRow[string] | undefined): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'number' && !Number.isInteger(value) ? String(Math.round(value * 1e6) / 1e6) : String(value);
}

function symbolFlag(text: string): string {
  const symbol = text.trim().toUpperCase().replace(/^O:/, '');
  if (!/^(I:)?[A-Z][A-Z0-9.]{0,21}$/.test(symbol)) throw new InvalidArgumentError('Expected a symbol such as SPY.');
  return symbol;
}

function timeFlag(text: string): string {
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(text)) throw new InvalidArgumentError('Expected HH:MM, for instance 10:30.');
  return text;
}
