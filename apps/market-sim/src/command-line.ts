import { parseArgs } from 'node:util';
import { nextSession } from '@trading-agent/calendar';
import { TradingError, marketDate, parseUsd } from '@trading-agent/core';
import { MARKET_KINDS } from '@trading-agent/synthetic';
import type { Speed } from './market/pace.ts';
import { DEFAULT_KEYS, type MarketSimOptions } from './options.ts';
import { readScenario } from './scenario.ts';

export interface CommandLine {
  readonly options: MarketSimOptions;
  /** Ends the process when standard input does: the parent has died. */
  readonly exitWithStdin: boolean;
}

const FLAGS = {
  market: { type: 'string', default: 'synthetic' },
  'sim-kind': { type: 'string' },
  data: { type: 'string' },
  date: { type: 'string' },
  symbols: { type: 'string' },
  balance: { type: 'string', default: '25000' },
  seed: { type: 'string', default: '7' },
  speed: { type: 'string', default: '60' },
  host: { type: 'string' },
  port: { type: 'string', default: '4010' },
  state: { type: 'string' },
  resume: { type: 'boolean', default: false },
  account: { type: 'string' },
  'polygon-key': { type: 'string', default: DEFAULT_KEYS.polygonKey },
  'alpaca-key-id': { type: 'string', default: DEFAULT_KEYS.keyId },
  'alpaca-secret': { type: 'string', default: DEFAULT_KEYS.secretKey },
  'stream-frames': { type: 'string', default: 'binary' },
  days: { type: 'string', default: '1' },
  'request-timing': { type: 'string', default: 'at-once' },
  'requests-per-minute': { type: 'string' },
  scenario: { type: 'string' },
  'flat-files': { type: 'string' },
  's3-port': { type: 'string' },
  'exit-with-stdin': { type: 'boolean', default: false },
} as const;

/** The synthetic market's day when none is named: the session after this date. */
const DEFAULT_DATE = marketDate('2026-11-01');
const DEFAULT_SYMBOLS = 'SPY';

/** @throws {TradingError} `USAGE` (or the code of a malformed date or amount), naming the flag. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const flags = read(args);
  const options: MarketSimOptions = {
    market: oneOf('market', flags.market, ['replay', 'synthetic']),
    date: flags.date === undefined ? nextSession(DEFAULT_DATE) : marketDate(flags.date),
    symbols: symbols(flags.symbols ?? DEFAULT_SYMBOLS),
    balance: parseUsd(flags.balance),
    seed: whole('seed', flags.seed, 0, Number.MAX_SAFE_INTEGER),
    speed: speed(flags.speed),
    port: whole('port', flags.port, 0, 65_535),
    resume: flags.resume,
    keys: {
      polygonKey: flags['polygon-key'],
      keyId: flags['alpaca-key-id'],
      secretKey: flags['alpaca-secret'],
    },
    streamFrames: oneOf('stream-frames', flags['stream-frames'], ['binary', 'text']),
    days: whole('days', flags.days, 1, 1_000),
    requestTiming: oneOf('request-timing', flags['request-timing'], ['at-once', 'next-step']),
    ...(flags['sim-kind'] !== undefined && { simKind: oneOf('sim-kind', flags['sim-kind'], MARKET_KINDS) }),
    ...(flags.data !== undefined && { dataDir: flags.data }),
    ...(flags.scenario !== undefined && readScenario(flags.scenario)),
    ...(flags['flat-files'] !== undefined && {
      flatFiles: {
        root: flags['flat-files'],
        ...(flags['s3-port'] !== undefined && { port: whole('s3-port', flags['s3-port'], 0, 65_535) }),
      },
    }),
    ...(flags.host !== undefined && { host: flags.host }),
    ...(flags.state !== undefined && { stateDir: flags.state }),
    ...(flags.account !== undefined && { accountNumber: flags.account }),
    ...(flags['requests-per-minute'] !== undefined && {
      requestsPerMinute: whole('requests-per-minute', flags['requests-per-minute'], 1, 1_000_000_000),
    }),
  };
  if (options.balance <= 0) throw usage('balance', flags.balance, 'a positive amount of dollars');
  if (options.resume === true && options.stateDir === undefined)
    throw new TradingError('USAGE', '--resume needs the state folder of the first start', {
      hint: 'Give it with --state DIR.',
    });
  return { options, exitWithStdin: flags['exit-with-stdin'] };
}

function read(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof FLAGS; strict: true }>>['values'] {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true }).values;
  } catch (cause) {
    throw new TradingError('USAGE', cause instanceof Error ? cause.message : String(cause), {
      hint: `Known flags: ${Object.keys(FLAGS)
        .map((flag) => `--${flag}`)
        .join(' ')}`,
      cause,
    });
  }
}

function symbols(text: string): readonly string[] {
  const list = text
    .split(',')
    .map((symbol) => symbol.trim().toUpperCase())
    .filter((symbol) => symbol !== '');
  if (list.length === 0) throw usage('symbols', text, 'a comma-separated list such as GOOG,SPY');
  return [...new Set(list)].sort();
}

function speed(text: string): Speed {
  if (text === 'max') return 'max';
  const factor = Number(text);
  if (!(Number.isFinite(factor) && factor > 0)) throw usage('speed', text, '"max" or a positive number');
  return factor;
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw usage(flag, text, `a whole number from ${least} to ${most}`);
  return value;
}

function oneOf<const T extends string>(flag: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === text);
  if (found === undefined) throw usage(flag, text, `one of ${allowed.join(', ')}`);
  return found;
}

function usage(flag: string, text: string, expected: string): TradingError {
  return new TradingError('USAGE', `--${flag} must be ${expected}, was "${text}"`, {
    hint: `Give --${flag} as ${expected}.`,
    details: { flag: `--${flag}`, value: text },
  });
}
