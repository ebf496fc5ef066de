import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addDays, type MarketDate, marketDate, systemClock } from '@trading-agent/core';
import { comingDividends, CURVE_DAYS, treasuryCurve } from '@trading-agent/engine';
import { createMarketDataCollector, type KnownReference, openKnownReference } from '@trading-agent/market-data';
import { type CashDividend, Rates, UnderlyingPricer } from '@trading-agent/pricing';
import { generateComingEvents, marketRules } from '@trading-agent/synthetic';
import { usage } from '../usage.ts';

/** A dividend that the chain is priced with, and who says so. */
export interface ChainDividend extends CashDividend {
  readonly basis: 'given' | 'declared' | 'foretold';
}

/** What the chain of one underlying is priced with before its quotes are looked at. */
export interface ChainInputs {
  readonly pricer: UnderlyingPricer;
  /** `null`: nobody knows of any; what is paid is part of each expiry's yield. */
  readonly dividends: readonly ChainDividend[] | null;
  /** In words: where the rate comes from. */
  readonly rateSource: string;
  /** In words: where the dividends come from, or why there are none. */
  readonly dividendSource: string;
}

export interface InputFlags {
  readonly rate?: string;
  readonly dividends?: string;
  readonly expectedDividends: boolean;
  readonly settlement?: string;
  readonly data?: string;
  readonly reference?: string;
  /** Of the synthetic market, without data. */
  readonly seed: number;
}

/** Listed options live no longer. */
const DAYS_AHEAD = 3 * 366;

/**
 * Rate and dividends for a chain of `date`: what the flags give, else what the reference files beside the data knew then, else the policy rate and
 * no dividends; without data those of the synthetic market. Nothing that became known later is used.
 * @throws {TradingError} `USAGE` for a flag that can't be read, `DATA_FILE_BROKEN`.
 */
export async function chainInputs(symbol: string, date: MarketDate, flags: InputFlags): Promise<ChainInputs> {
  const settlement = flags.settlement === undefined ? {} : { settlement: lagOf(flags.settlement) };
  const folder = flags.reference === undefined ? flags.data : withReference(flags.reference);
  const known = folder === undefined ? undefined : await openKnownReference(folder);
  const { rates, source } = ratesOf(date, flags.rate, known, flags.data === undefined);
  const told =
    flags.dividends === undefined ? await knownDividends(symbol, date, flags, known) : given(flags.dividends);
  return {
    pricer: new UnderlyingPricer({
      rates,
      dividends: told.dividends,
      ...settlement,
    }),
    dividends: told.dividends,
    rateSource: source,
    dividendSource: told.source,
  };
}

/** Rates of a date that a folder's reference files know, else the policy rate, and in words where they come from. @throws {TradingError} `USAGE`, `DATA_FILE_BROKEN`. */
export async function ratesAsOf(
  date: MarketDate,
  folder: string | undefined,
): Promise<{ readonly rates: Rates; readonly source: string }> {
  const known = folder === undefined ? undefined : await openKnownReference(withReference(folder));
  return ratesOf(date, undefined, known, false);
}

/** A folder that a person named must have what it is named for: a mistyped one would quietly give another rate. */
function withReference(folder: string): string {
  if (existsSync(join(folder, 'reference'))) return folder;
  throw usage(`--reference ${folder} has no folder reference/`, 'Give the folder that reference/ lies in.');
}

function ratesOf(
  date: MarketDate,
  text: string | undefined,
  known: KnownReference | undefined,
  isSynthetic: boolean,
): { readonly rates: Rates; readonly source: string } {
  if (text !== undefined) {
    const rate = Number(text);
    if (text.trim() === '' || !Number.isFinite(rate) || Math.abs(rate) > 1)
      throw usage(`--rate must be a decimal rate such as 0.04, was "${text}"`, 'Four percent is 0.04.');
    return { rates: Rates.given(rate), source: '--rate' };
  }
  const curve = known?.curves(addDays(date, -CURVE_DAYS), addDays(date, -1))?.at(-1);
  if (curve === undefined && isSynthetic)
    return { rates: Rates.given(marketRules('synthetic').rate), source: 'the rate of the synthetic market' };
  const rates = Rates.asOf(date, curve === undefined ? null : treasuryCurve(curve));
  const words = {
    treasury: `Treasury par yields of ${rates.asOf ?? ''}`,
    policy: 'policy rate; no Treasury curve of the last days is at hand',
    none: 'no rate is known',
    given: '--rate',
  };
  return { rates, source: words[rates.source] };
}

interface Told {
  readonly dividends: readonly ChainDividend[] | null;
  readonly source: string;
}

async function knownDividends(
  symbol: string,
  date: MarketDate,
  { expectedDividends, data, seed }: InputFlags,
  known: KnownReference | undefined,
): Promise<Told> {
  const until = addDays(date, DAYS_AHEAD);
  if (data === undefined && known === undefined) {
    const { dividends } =
      generateComingEvents({ seed, kind: 'synthetic', symbols: [symbol], date, until })[symbol] ?? {};
    return {
      dividends: dividends?.map((one) => ({ ...one, basis: 'declared' as const })) ?? null,
      source: 'announced in the synthetic market',
    };
  }
  if (known?.dividends(symbol, date, until, date) === undefined)
    return { dividends: null, source: 'not known: what is paid is part of the yield' };
  const { market } = createMarketDataCollector({ clock: systemClock, known });
  if (expectedDividends) {
    const expected = await market.expectedDividends(symbol, date, until);
    const dividends = expected.map(({ exDate, amount, basis }) => ({ exDate, cash: amount, basis }));
    return { dividends, source: `declared before ${date}, and foretold from the year before` };
  }
  const declared = await market.dividends({ symbol, after: date, until, asOf: addDays(date, -1) });
  const splits = known.splits(symbol, date, until, date) ?? [];
  const dividends = comingDividends(declared, splits, date).map((one) => ({ ...one, basis: 'declared' as const }));
  return { dividends, source: `declared before ${date}` };
}

/** `2014-08-07:0.47;2014-11-06:0.47`, or `none`. */
function given(text: string): Told {
  const dividends: ChainDividend[] = [];
  for (const item of text === 'none' ? [] : text.split(';')) {
    const [day = '', cash = '', rest] = item.trim().split(':');
    const amount = cash.trim() === '' ? Number.NaN : Number(cash);
    if (rest !== undefined || !(amount > 0 && Number.isFinite(amount)))
      throw usage(`--dividends must be YYYY-MM-DD:USD separated by semicolons, or none; was "${text}"`, EXAMPLE);
    dividends.push({ exDate: marketDate(day), cash: amount, basis: 'given' });
  }
  return { dividends, source: '--dividends' };
}

const EXAMPLE = "For instance --dividends '2014-08-07:0.47;2014-11-06:0.47'.";

function lagOf(text: string): { readonly premium: number; readonly delivery: number } {
  const [, premium, delivery] = /^(\d{1,2}):(\d{1,2})$/.exec(text) ?? [];
  if (premium === undefined || delivery === undefined)
    throw usage(`--settlement must be PREMIUM:DELIVERY in sessions, was "${text}"`, 'For instance --settlement 1:3.');
  return { premium: Number(premium), delivery: Number(delivery) };
}
