import { InvalidArgumentError, type Command } from 'commander';
import { type MarketDate, marketDate, systemClock, usd } from '@trading-agent/core';
import { tierFor } from '@trading-agent/account-tiers';
import { latestSession, nyDate } from '@trading-agent/calendar';
import { loadSettings, type Settings } from '@trading-agent/config';
import { MARKET_KINDS, type MarketKind } from '@trading-agent/synthetic';
import { usage } from './usage.ts';

/** What `start` and `backtest` share on the command line. */
export interface RunFlags {
  readonly market: 'sim' | 'replay' | 'vendor';
  readonly simKind?: MarketKind;
  readonly data?: string;
  readonly date?: string;
  readonly symbols?: string;
  readonly balance?: number;
  readonly seed: number;
  readonly config?: string;
  readonly json: boolean;
}

export interface RunPlan {
  readonly settings: Settings;
  readonly date: MarketDate;
  readonly symbols: readonly string[];
  readonly balance: number;
}

export function addRunFlags(command: Command, markets: readonly string[]): Command {
  return addAccountFlags(
    command
      .option('--market <kind>', `where prices and fills come from: ${markets.join(', ')}`, oneOf(markets), 'sim')
      .option(
        '--sim-kind <kind>',
        `which synthetic market: ${MARKET_KINDS.join(', ')} (agent sim generate --help)`,
        kindFlag,
      )
      .option(
        '--data <dir>',
        'lake, or folder of flat files (us_options_opra/..., us_stocks_sip/...) for --market replay',
      )
      .option('--date <day>', 'market day as YYYY-MM-DD (default for sim: the latest session)'),
  );
}

/** What every command about an account takes. */
export function addAccountFlags(command: Command): Command {
  return command
    .option('--symbols <list>', "underlyings, comma-separated (default: the tier's)")
    .option('--balance <usd>', 'account balance in dollars (default: ACCOUNT_BALANCE)', positiveNumber)
    .option('--seed <n>', 'seed of the synthetic market and of the baseline model', wholeNumber, 7)
    .option('--config <dir>', 'folder of the YAML files (default: ./config)')
    .option('--json', 'print one JSON object on standard output', false);
}

/**
 * Flags, environment and files as one plan.
 * @throws {TradingError} `USAGE`, `INVALID_DATE`, `CONFIG_INVALID`, `CONFIG_FILE_BROKEN`.
 */
export function planRun(flags: RunFlags, overrides: Readonly<Record<string, unknown>> = {}): RunPlan {
  const settings = loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(flags.config === undefined ? {} : { configDir: flags.config }),
    overrides: { ...overrides, ...(flags.balance === undefined ? {} : { 'account.balance': flags.balance }) },
  });
  if (flags.market === 'replay') {
    if (flags.data === undefined) throw usage('--market replay needs a folder with recorded days', 'Add --data DIR.');
    if (flags.date === undefined) throw usage('--market replay needs a day', 'Add --date YYYY-MM-DD.');
    if (flags.symbols === undefined)
      throw usage('--market replay needs underlyings', 'Add --symbols GOOG, for instance.');
  }
  if (flags.market !== 'sim' && flags.simKind !== undefined)
    throw usage('--sim-kind goes with --market sim only', 'Leave --sim-kind out.');
  if (flags.market !== 'replay' && flags.data !== undefined)
    throw usage('--data goes with --market replay only', 'Add --market replay, or leave --data out.');
  const { balance, riskTolerance } = settings.account;
  const tier = tierFor(usd(balance), settings.tiers, riskTolerance);
  const symbols = flags.symbols === undefined ? tier.symbols : parseSymbols(flags.symbols);
  const allowed = symbols.filter((symbol) => !settings.symbols.exclude.includes(symbol));
  if (allowed.length === 0)
    throw usage(
      'There is no underlying to trade',
      'Give --symbols, or shorten symbols.exclude in config/symbols.yaml.',
    );
  return {
    settings,
    balance,
    symbols: allowed.toSorted(),
    date: flags.date === undefined ? latestSession(nyDate(systemClock.now())) : marketDate(flags.date),
  };
}

const TICKER = /^[A-Z]{1,6}(\.[A-Z])?$/;

function parseSymbols(text: string): readonly string[] {
  const symbols = [...new Set(text.split(',').map((symbol) => symbol.trim().toUpperCase()))].filter(
    (symbol) => symbol !== '',
  );
  const wrong = symbols.find((symbol) => !TICKER.test(symbol));
  if (wrong !== undefined || symbols.length === 0) {
    throw usage(
      `--symbols must be tickers such as GOOG,SPY; found "${wrong ?? text}"`,
      'Give underlyings, not option symbols, separated by commas.',
    );
  }
  return symbols;
}

function oneOf(allowed: readonly string[]): (text: string) => string {
  return (text) => {
    if (!allowed.includes(text)) throw new InvalidArgumentError(`Allowed: ${allowed.join(', ')}.`);
    return text;
  };
}

function kindFlag(text: string): MarketKind {
  const found = MARKET_KINDS.find((kind) => kind === text);
  if (found === undefined) throw new InvalidArgumentError(`Allowed: ${MARKET_KINDS.join(', ')}.`);
  return found;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError('Expected a positive number of dollars, such as 25000.');
  return value;
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('Expected a whole number of at least 0.');
  return value;
}
