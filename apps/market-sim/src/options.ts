import type { MarketDate, Usd } from '@trading-agent/core';
import type { CorporateAction, RequestTiming } from '@trading-agent/exchange';
import type { MarketDay } from '@trading-agent/market-data';
import type { MarketKind } from '@trading-agent/synthetic';
import type { OptionFeed } from './alpaca/data/stream.ts';
import type { AlpacaKeys } from './alpaca/keys.ts';
import type { FaultRule } from './faults/fault-rule.ts';
import { type AccountSpec, derivedAccountNumber } from './market/accounts.ts';
import type { Halt } from './market/halts.ts';
import type { Speed } from './market/pace.ts';
import type { MarketPlan } from './polygon/market-plan.ts';
import type { SigningKeys } from './s3/sigv4.ts';

export interface MarketSimOptions {
  /** A recorded day from `dataDir`, or a generated one from `seed`. */
  readonly market: 'replay' | 'synthetic';
  /** Which generated market: `synthetic` unless given, or one without any edge, or with one planted signal. */
  readonly simKind?: MarketKind;
  /** Folder with flat files; required for `replay`. */
  readonly dataDir?: string;
  readonly date: MarketDate;
  /** Underlyings. */
  readonly symbols: readonly string[];
  readonly balance: Usd;
  /** Seed of a synthetic market; part of the account's identity in both. */
  readonly seed: number;
  /** Simulated seconds per real second; `max` runs as fast as a lockstep client acknowledges, and not at all without one. */
  readonly speed: Speed;
  /** 0 takes a free one. */
  readonly port: number;
  /** Address to listen on; 127.0.0.1 unless given. */
  readonly host?: string;
  /** Folder for the request journal; without one it dies with the process. */
  readonly stateDir?: string;
  /** Goes on with the journal in `stateDir` instead of beginning an empty one. */
  readonly resume?: boolean;
  /** Derived from market, date, symbols, balance and seed unless given. */
  readonly accountNumber?: string;
  readonly keys?: Partial<SimKeys>;
  /** Accounts beside the first, each with keys and money of its own. */
  readonly accounts?: readonly AccountSpec[];
  /** Market data keys beside the first; each may stream on one connection of a cluster. */
  readonly polygonKeys?: readonly string[];
  /** What is to go wrong from the start. */
  readonly faults?: readonly FaultRule[];
  readonly halts?: readonly Halt[];
  /** Serves a flat-file folder as S3 on a port of its own. */
  readonly flatFiles?: FlatFileOptions;
  /** Frames of the broker's stream; `binary` unless given, as the paper stream does. */
  readonly streamFrames?: 'binary' | 'text';
  /** When the broker carries out cancels and replacements; at once unless given. `next-step`: after the next step's fills, which may be faster. */
  readonly requestTiming?: RequestTiming;
  /** Option data feeds that the broker's keys have paid for; both unless given. */
  readonly optionFeeds?: readonly OptionFeed[];
  /** Quote symbols per connection of the option data stream; 1,000 unless given, the basic plan has 200. */
  readonly optionSymbols?: number;
  /** Account bodies with the fields of the pattern-day-trader rule, as the broker sent them until 2026-07-06. */
  readonly pdtFields?: boolean;
  /** Dividends and splits of the days that are simulated. */
  readonly corporateActions?: readonly CorporateAction[];
  /** Broker requests per real minute before 429; 100,000 unless given, so that lockstep runs never meet it. */
  readonly requestsPerMinute?: number;
  /** What the simulated market data subscription lacks, and corporate actions, yields and news in the vendor's own rows. */
  readonly polygonPlan?: Partial<MarketPlan>;
  /** Serves this day instead of loading one. */
  readonly day?: MarketDay;
  /** Sessions to be simulated one after the other, `date` included; 1 unless given. */
  readonly days?: number;
  /** Serves these days after the first instead of loading any. */
  readonly furtherDays?: readonly MarketDay[];
  /** Where progress is told, a line at a time. */
  readonly log?: (line: string) => void;
}

export interface FlatFileOptions {
  /** Folder in the vendor's layout. */
  readonly root: string;
  /** 0, unless given: a free one. */
  readonly port?: number;
  readonly bucket?: string;
  readonly keys?: SigningKeys;
  /** Prefixes that the plan does not cover. */
  readonly unentitled?: readonly string[];
}

export interface SimKeys extends AlpacaKeys {
  readonly polygonKey: string;
}

export const DEFAULT_KEYS: SimKeys = { polygonKey: 'sim-key', keyId: 'sim-key-id', secretKey: 'sim-secret' };
export const DEFAULT_FLAT_FILE_KEYS: SigningKeys = { accessKey: 'sim-access', secretKey: 'sim-secret-key' };
export const DEFAULT_BUCKET = 'flatfiles';
export const DEFAULT_OPTION_SYMBOLS = 1_000;
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_REQUESTS_PER_MINUTE = 100_000;

/** `SIM-` and eight hexadecimal digits: the same market and balance is the same account. */
export function accountNumberOf(options: MarketSimOptions): string {
  if (options.accountNumber !== undefined) return options.accountNumber;
  const { date, symbols, balance, seed } = options;
  return derivedAccountNumber(marketName(options), date, symbols.toSorted().join(','), balance, seed);
}

/** Which market it is: part of the account's identity and of the journal's. */
export function marketName({ market, simKind = 'synthetic' }: MarketSimOptions): string {
  return market === 'synthetic' ? simKind : market;
}
