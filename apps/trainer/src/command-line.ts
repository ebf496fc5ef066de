import { parseArgs } from 'node:util';
import { TradingError } from '@trading-agent/core';
import type { TrainingSource } from './training-source.ts';

export interface CommandLine {
  readonly help: boolean;
  /** Train once, now, instead of keeping the schedule. */
  readonly force: boolean;
  /** Result and errors as JSON on standard output. */
  readonly json: boolean;
  /** Dollars. */
  readonly balance: number | undefined;
  readonly symbols: readonly string[] | undefined;
  readonly source: TrainingSource;
}

export const HELP = `Trains the models of an account: each trading day at 16:30 New York time, or once with --force.

  --force          train once, now, and print the report
  --json           with --force: the report, or the error, as one JSON object on standard output
  --balance USD    account balance, which decides the tier (default: ACCOUNT_BALANCE or 25000)
  --symbols A,B    train on these (default: the tier's)
  --data DIR       learn from recorded days in the flat-file layout (default: the synthetic market)
  --seed S         seed of the synthetic market (default: 7)
  --help           this text

Examples:
  node apps/trainer/src/main.ts
  node apps/trainer/src/main.ts --force --json --balance 500
  node apps/trainer/src/main.ts --data ./flatfiles --symbols GOOG,SPY

Exit codes: 0 done, 1 failed, 2 wrong input.
`;

const FLAGS = {
  help: { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  balance: { type: 'string' },
  symbols: { type: 'string' },
  data: { type: 'string' },
  seed: { type: 'string' },
} as const;

const DEFAULT_SEED = '7';

/** @throws {TradingError} `USAGE`, naming the flag. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { help, force, json, balance, symbols, data, seed } = read(args);
  if (json && !force) throw usage('--json needs --force: the schedule has no result to print');
  if (data !== undefined && seed !== undefined)
    throw usage('--seed is for the synthetic market, --data for recorded days');
  return {
    help,
    force,
    json,
    balance: balance === undefined ? undefined : dollars(balance),
    symbols: symbols === undefined ? undefined : tickers(symbols),
    source: data === undefined ? { kind: 'sim', seed: seed ?? DEFAULT_SEED } : { kind: 'flat-files', dataDir: data },
  };
}

function read(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof FLAGS; strict: true }>>['values'] {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true }).values;
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function dollars(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value <= 1_000_000_000))
    throw usage(`--balance must be dollars from above 0 to 1000000000, was "${text}"`);
  return value;
}

function tickers(text: string): readonly string[] {
  const list = text.split(',').map((symbol) => symbol.trim().toUpperCase());
  if (!list.every((symbol) => /^[A-Z]{1,6}(\.[A-Z])?$/.test(symbol)))
    throw usage(`--symbols must be a comma-separated list such as GOOG,SPY, was "${text}"`);
  return list;
}

function usage(message: string, cause?: unknown): TradingError {
  return new TradingError('USAGE', message, { hint: 'See --help.', ...(cause === undefined ? {} : { cause }) });
}
