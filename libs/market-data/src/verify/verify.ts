import { isSession, previousSession } from '@trading-agent/calendar';
import type { MarketDate } from '@trading-agent/core';
import { type ArchiveFeed, type DataArchive, underlyingOf } from '../coverage/archive.ts';
import type { Split } from '../reference/corporate-actions.ts';
import { type ChainAtInstant, checkChain, checkInterestChange } from './chain-checks.ts';
import { type CheckResult, type Finding, Findings } from './findings.ts';
import { FollowedDays } from './followed-days.ts';
import { type RollUp, compareRollUp } from './roll-up.ts';
import { type DayPass, passOver } from './row-checks.ts';
import { type SeriesDay, checkSeries } from './series-checks.ts';
import { checkSplit, checkSplitInterest, checkStrikesBeforeSplit, type SplitDay, tickersOf } from './split-checks.ts';
import { checkStatedVolatility } from './volatility-check.ts';

/** A daily series or an end-of-day chain that lies outside the archive. */
export interface VerifyExtras {
  readonly chains?: readonly ChainAtInstant[];
  readonly series?: readonly {
    readonly source: string;
    readonly symbol: string;
    readonly days: readonly SeriesDay[];
  }[];
  readonly splits?: readonly Split[];
}

export interface VerifyRequest extends VerifyExtras {
  readonly archive: DataArchive;
  readonly from?: MarketDate;
  readonly to?: MarketDate;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

export interface VerifyReport {
  readonly files: number;
  readonly rows: number;
  readonly checks: readonly CheckResult[];
  readonly rollUps: readonly RollUp[];
  readonly splits: readonly SplitDay[];
  readonly findings: readonly Finding[];
}

/**
 * Judges what an archive holds, a day at a time: memory grows with the tickers of one day. Findings are values, never errors.
 * @throws an `AbortError` when `signal` fires.
 */
export async function verifyArchive(request: VerifyRequest): Promise<VerifyReport> {
  const { archive, from, to } = request;
  const byDay = new Map<MarketDate, ArchiveFeed[]>();
  for (const feed of archive.feeds()) {
    for (const date of archive.days(feed)) {
      if ((from && date < from) || (to && date > to)) continue;
      const feeds = byDay.get(date);
      if (feeds) feeds.push(feed);
      else byDay.set(date, [feed]);
    }
  }
  const total = [...byDay.values()].reduce((sum, feeds) => sum + feeds.length, 0);
  const findings = new Findings();
  const rollUps: RollUp[] = [];
  const splitDays: SplitDay[] = [];
  const splits = request.splits ?? [];
  const quotedOnSplits = new Map<string, ReadonlySet<string>>();
  const followed = new FollowedDays();
  let before: { date: MarketDate; passes: readonly DayPass[] } | undefined;
  let files = 0;
  let rows = 0;
  for (const [date, feeds] of [...byDay].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const passes: DayPass[] = [];
    for (const feed of feeds) {
      request.signal?.throwIfAborted();
      const pass = await passOver(archive, feed, date, findings);
      passes.push(pass);
      files += 1;
      rows += pass.rows;
      request.onProgress?.(files, total, `${feed.name} ${date}`);
    }
    for (const minute of passes.filter(({ feed }) => feed.kind === 'minute-bars')) {
      const day = passes.find(({ feed }) => feed.kind === 'day-bars' && feed.asset === minute.feed.asset);
      if (day) rollUps.push(...compareRollUp(minute, day, findings));
    }
    findBarsWithoutQuotes(passes, findings);
    for (const chain of closingChains(passes)) checkChain(chain, findings);
    const earlier = before && isSession(date) && before.date === previousSession(date) ? before.passes : undefined;
    for (const split of splits.filter((one) => one.date === date)) {
      splitDays.push(...checkSplit(split, passes, earlier, findings));
      quotedOnSplits.set(`${split.symbol}|${date}`, tickersOf(passes, split.symbol));
    }
    checkDay(date, passes, splits, followed, findings);
    before = { date, passes };
  }
  followed.check(findings);
  checkExtras(request, quotedOnSplits, findings);
  return { files, rows, checks: findings.results(), rollUps, splits: splitDays, findings: findings.list() };
}

/** What a day must be whatever its rows say: a session, without strikes of the future; and which underlyings it has. */
function checkDay(
  date: MarketDate,
  passes: readonly DayPass[],
  splits: readonly Split[],
  followed: FollowedDays,
  findings: Findings,
): void {
  for (const { feed, totals } of passes) {
    checkOpen(feed.name, date, '', findings);
    if (feed.kind !== 'day-bars') continue;
    const underlyings = new Set([...totals.keys()].map((ticker) => underlyingOf(feed.asset, ticker) ?? ticker));
    for (const underlying of underlyings) followed.add(feed.name, underlying, date);
  }
  for (const symbol of new Set(splits.map((split) => split.symbol))) {
    const tickers = tickersOf(passes, symbol);
    if (tickers.size > 0)
      checkStrikesBeforeSplit({ source: 'us_options_opra', date, underlying: symbol }, tickers, splits, findings);
  }
}

function checkExtras(
  { chains = [], series = [], splits = [] }: VerifyExtras,
  quotedOnSplits: ReadonlyMap<string, ReadonlySet<string>>,
  findings: Findings,
): void {
  const last = new Map<string, ChainAtInstant>();
  const followed = new FollowedDays();
  for (const chain of chains.toSorted((a, b) => (a.date < b.date ? -1 : 1))) {
    const { source, date, underlying } = chain;
    checkChain(chain, findings);
    checkStatedVolatility(chain, findings);
    checkSplitInterest(chain, splits, quotedOnSplits.get(`${underlying}|${date}`) ?? new Set(), findings);
    checkStrikesBeforeSplit(
      { source, date, underlying },
      chain.quotes.map(({ ticker }) => ticker),
      splits,
      findings,
    );
    checkOpen(source, date, underlying, findings);
    const before = last.get(underlying);
    if (before && isSession(date) && before.date === previousSession(date))
      checkInterestChange(before, chain, findings);
    last.set(underlying, chain);
    followed.add(source, underlying, date);
  }
  followed.check(findings);
  for (const { source, symbol, days } of series) {
    checkSeries(source, symbol, days, splits, findings);
    for (const { date } of days) checkOpen(source, date, symbol, findings);
  }
}

/** Rows of a day on which the exchange was closed are made up, or carry a wrong date. */
function checkOpen(source: string, date: MarketDate, underlying: string, findings: Findings): void {
  findings.checked('closed-day');
  if (!isSession(date))
    findings.found('closed-day', { source, date: null, underlying }, () => `rows of ${date}, a day without a session`);
}

function findBarsWithoutQuotes(passes: readonly DayPass[], findings: Findings): void {
  const bars = passes.filter(({ feed }) => feed.asset === 'options' && feed.kind === 'minute-bars');
  for (const quotes of passes.filter(({ feed }) => feed.asset === 'options' && feed.kind === 'quotes')) {
    const quoted = new Set([...quotes.quotes.keys()].map((ticker) => underlyingOf('options', ticker)));
    const silent = new Map<string, number>();
    for (const { totals } of bars) {
      for (const ticker of totals.keys()) {
        const underlying = underlyingOf('options', ticker) ?? '?';
        if (!quoted.has(underlying)) silent.set(underlying, (silent.get(underlying) ?? 0) + 1);
      }
      findings.checked('bars-without-quotes', totals.size);
    }
    for (const [underlying, count] of silent)
      findings.found(
        'bars-without-quotes',
        { source: quotes.feed.name, date: quotes.date, underlying },
        () => `${count} contracts traded, none has a quote in this feed`,
        count,
      );
  }
}

/** The last known quotes of each underlying at the end of the session, beside the last price inside it. */
function closingChains(passes: readonly DayPass[]): readonly ChainAtInstant[] {
  const spots = new Map<string, number>();
  for (const kind of ['day-bars', 'minute-bars'] as const) {
    for (const { feed, closes } of passes.filter((pass) => pass.feed.kind === kind))
      for (const [ticker, close] of closes) spots.set(underlyingOf(feed.asset, ticker) ?? ticker, close);
  }
  return passes
    .filter(({ feed }) => feed.asset === 'options' && feed.kind === 'quotes')
    .flatMap(({ feed, date, quotes }) => {
      const chains = new Map<string, { ticker: string; bid: number | null; ask: number | null }[]>();
      for (const [ticker, { bid, ask }] of quotes) {
        const underlying = underlyingOf('options', ticker);
        if (underlying === null) continue;
        const chain = chains.get(underlying) ?? [];
        chains.set(underlying, chain);
        chain.push({ ticker, bid, ask });
      }
      return [...chains].map(([underlying, chain]) => ({
        source: feed.name,
        date,
        underlying,
        spot: spots.get(underlying) ?? null,
        quotes: chain,
      }));
    });
}
