import { InvalidArgumentError, Command } from 'commander';
import { createHash } from 'node:crypto';
import { latestSession, nyDate } from '@trading-agent/calendar';
import { type MarketDate, addDays, systemClock } from '@trading-agent/core';
import {
  DEFAULT_PARTS,
  DEFAULT_SAMPLING,
  FILE_PARTS,
  type FilePart,
  type FilesEstimate,
  type GenerateReport,
  MARKET_KINDS,
  type MarketKind,
  generateFiles,
} from '@trading-agent/synthetic';
import { countFlag, dayFlag, interruptible, tickersFlag } from '../data/flags.ts';
import { Progress } from '../data/progress.ts';
import { wholeNumber } from '../run-flags.ts';
import { terminal } from '../terminal.ts';
import { usage } from '../usage.ts';

interface GenerateFlags {
  readonly symbols: readonly string[];
  readonly years?: number;
  readonly from?: MarketDate;
  readonly until?: MarketDate;
  readonly seed: number;
  readonly to: string;
  readonly kind: MarketKind;
  readonly strength?: number;
  readonly what: readonly FilePart[];
  readonly every: number;
  readonly nearEvery: number;
  readonly nearDays: number;
  readonly nearWidth: number;
  readonly expiryDays: number;
  readonly threads: number;
  readonly json: boolean;
}

const DAYS_PER_YEAR = 365.25;

export function simGenerateCommand(): Command {
  return new Command('generate')
    .description('Write a synthetic market as flat files; interrupted, it goes on where it stopped.')
    .requiredOption('--symbols <list>', 'underlyings, comma-separated; SPX and VIX as well', tickersFlag)
    .requiredOption('--to <dir>', 'folder that gets the files; one of its own')
    .option('--years <n>', 'so many years up to --until (default: 1)', positive)
    .option('--from <day>', 'first day, instead of --years', dayFlag)
    .option('--until <day>', 'last day (default: the latest session)', dayFlag)
    .option('--seed <n>', 'which market', wholeNumber, 7)
    .option('--kind <kind>', `${MARKET_KINDS.join(', ')}: see below`, oneOf(MARKET_KINDS), 'synthetic')
    .option('--strength <r>', 'correlation of the planted signal (default: 0.2)', correlation)
    .option('--what <list>', `of ${FILE_PARTS.join(', ')} (default: all but trades)`, parts, DEFAULT_PARTS)
    .option('--near-every <min>', 'minutes between quotes near the money', countFlag, DEFAULT_SAMPLING.nearEvery)
    .option('--every <min>', 'minutes between all other quotes', countFlag, DEFAULT_SAMPLING.every)
    .option('--near-days <n>', 'near: expires within so many days', wholeNumber, DEFAULT_SAMPLING.nearDays)
    .option('--near-width <sd>', 'near: so many standard deviations', positive, DEFAULT_SAMPLING.nearDeviations)
    .option('--expiry-days <n>', 'leave out what expires later', wholeNumber, DEFAULT_SAMPLING.expiryDays)
    .option('--threads <n>', 'days at a time', countFlag, 2)
    .option('--json', 'print one JSON object on standard output', false)
    .addHelpText('after', EXAMPLES)
    .action(runGenerate);
}

const EXAMPLES = `
Kinds:
  synthetic  premiums as real markets pay them: shares earn more than cash, options cost more than they will be worth
  placebo    no premiums, no interest: nothing earns anything before costs, everything loses after them
  planted    the placebo with one signal: a half-hour's return predicts that of the next half-hour with correlation --strength

The same flags give the same text on every machine; the fingerprint names it. The folder is what agent data ingest, backtests and training read.

Examples:
  agent sim generate --years 3 --symbols SPY,AAPL --seed 7 --to ./synthetic
  agent sim generate --from 2026-01-05 --until 2026-01-30 --symbols SPY --kind planted --strength 0.3 --to ./planted
  agent sim generate --years 1 --symbols SPY,QQQ,SPX,VIX --what stocks,indices,actions --to ./bars --json

Exit codes: 0 done, 1 failed or interrupted, 2 wrong input.`;

async function runGenerate(flags: GenerateFlags): Promise<void> {
  if (flags.years !== undefined && flags.from !== undefined)
    throw usage('--years and --from both say when it begins', 'Give one of them.');
  const until = flags.until ?? latestSession(nyDate(systemClock.now()));
  const from = flags.from ?? addDays(until, 1 - Math.round((flags.years ?? 1) * DAYS_PER_YEAR));
  if (from > until) throw usage(`--from ${from} lies after --until ${until}`, 'Give the earlier day as --from.');
  const progress = new Progress('days');
  const began = performance.now();
  let rows = 0;
  const seconds = (): number => Math.max(0.001, (performance.now() - began) / 1_000);
  const report = await interruptible((signal) =>
    generateFiles({
      symbols: flags.symbols,
      from,
      to: until,
      seed: flags.seed,
      kind: flags.kind,
      toDir: flags.to,
      parts: flags.what,
      sampling: {
        every: flags.every,
        nearEvery: flags.nearEvery,
        nearDays: flags.nearDays,
        nearDeviations: flags.nearWidth,
        expiryDays: flags.expiryDays,
      },
      threads: flags.threads,
      signal,
      ...(flags.strength === undefined ? {} : { strength: flags.strength }),
      onEstimate: (estimate) => {
        if (!flags.json) terminal.error(`${describeEstimate(estimate)}\n`);
      },
      onDay: ({ date, files }, { made, done, total }) => {
        if (made) rows += files.reduce((sum, file) => sum + file.rows, 0);
        progress.show(done, total, `${Math.round(rows / seconds()).toLocaleString('en-US')} rows/s ${date}`);
      },
    }).finally(() => progress.end()),
  );
  const summary = summarise(report, flags.to, rows / seconds(), seconds());
  terminal.out(flags.json ? `${JSON.stringify(summary)}\n` : describe(summary));
}

interface Summary {
  readonly to: string;
  readonly from: MarketDate | null;
  readonly until: MarketDate | null;
  readonly days: number;
  readonly made: number;
  readonly rows: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** SHA-256 over the names and texts of all files: equal on every machine. */
  readonly fingerprint: string;
}

function summarise(report: GenerateReport, to: string, rate: number, seconds: number): Summary {
  const { days, made, rows, bytes } = report;
  const hash = createHash('sha256');
  for (const { file, sha256 } of days.flatMap(({ files }) => files)) hash.update(`${file} ${sha256}\n`);
  return {
    to,
    from: days[0]?.date ?? null,
    until: days.at(-1)?.date ?? null,
    days: days.length,
    made,
    rows,
    bytes,
    seconds: Math.round(seconds * 10) / 10,
    rowsPerSecond: Math.round(rate),
    fingerprint: hash.digest('hex'),
  };
}

function describeEstimate({ days, rows, bytes }: FilesEstimate): string {
  return `${days} days, about ${(rows / 1e6).toFixed(1)} million rows, ${(bytes / 1e6).toFixed(0)} MB`;
}

function describe({ to, from, until, days, made, rows, bytes, seconds, rowsPerSecond, fingerprint }: Summary): string {
  const speed =
    made === 0 ? 'all were there' : `${made} made in ${seconds} s, ${rowsPerSecond.toLocaleString('en-US')} rows/s`;
  return `${to}: ${days} days from ${from} to ${until}, ${rows.toLocaleString('en-US')} rows, ${(bytes / 1e6).toFixed(1)} MB; ${speed}\nfingerprint ${fingerprint}\n`;
}

function oneOf<Choice extends string>(allowed: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const found = allowed.find((one) => one === text);
    if (found === undefined) throw new InvalidArgumentError(`Allowed: ${allowed.join(', ')}.`);
    return found;
  };
}

function parts(text: string): readonly FilePart[] {
  const one = oneOf(FILE_PARTS);
  const wanted = text.split(',').map((part) => part.trim());
  return wanted.filter((part) => part !== '').map((part) => one(part));
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('Expected a positive number.');
  return value;
}

function correlation(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(Math.abs(value) <= 0.9))
    throw new InvalidArgumentError('Expected a correlation from -0.9 to 0.9.');
  return value;
}
