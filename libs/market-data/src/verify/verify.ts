import { isSession, previousSession, sessionsBetween } from '@trading-agent/calendar';
import type { MarketDate } from '@trading-agent/core';
import { type ArchiveFeed, type DataArchive, underlyingOf } from '../coverage/archive.ts';
import type { Split } from '../reference/corporate-actions.ts';
import { type ChainAtInstant, checkChain, checkInterestChange, readContract } from './chain-checks.ts';
import { type CheckResult, type Finding, Findings } from './findings.ts';
import { type RollUp, compareRollUp } from './roll-up.ts';
import { type DayPass, passOver } from './row-checks.ts';
import { type SeriesDay, checkSeries } from './series-checks.ts';

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

/** How the contracts of an underlying went over a split. */
export interface SplitDay {
  readonly symbol: string;
  readonly date: MarketDate;
  /** New shares per old one. */
  readonly ratio: number;
  /** Contracts of the session before that live beyond the split, by the strikes they then had. */
  readonly before: number;
  /** Of them: found on the split's day under strike / ratio, rounded to cents. */
  readonly adjusted: number;
  /** Of them: still found under the old strike. */
  readonly unadjusted: number;
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
    for (const split of splits.filter((one) => one.date === date))
      splitDays.push(...checkSplit(split, passes, earlier, findings));
    before = { date, passes };
  }
  checkExtras(request, findings);
  return { files, rows, checks: findings.results(), rollUps, splits: splitDays, findings: findings.list() };
}

function checkExtras({ chains = [], series = [], splits = [] }: VerifyExtras, findings: Findings): void {
  const last = new Map<string, ChainAtInstant>();
  for (const chain of chains.toSorted((a, b) => (a.date < b.date ? -1 : 1))) {
    checkChain(chain, findings);
    const before = last.get(chain.underlying);
    if (before && isSession(chain.date) && before.date === previousSession(chain.date))
      checkInterestChange(before, chain, findings);
    last.set(chain.underlying, chain);
  }
  checkChainDays(chains, findings);
  for (const { source, symbol, days } of series) checkSeries(source, symbol, days, splits, findings);
}

/** A source that follows a contract day by day has every session between its first and its last. */
const FOLLOWED_DAYS = 20;

function checkChainDays(chains: readonly ChainAtInstant[], findings: Findings): void {
  const days = new Map<string, { source: string; underlying: string; dates: Set<MarketDate> }>();
  for (const { source, underlying, date } of chains) {
    const key = `${source}|${underlying}`;
    const known = days.get(key) ?? { source, underlying, dates: new Set() };
    days.set(key, known);
    known.dates.add(date);
  }
  for (const { source, underlying, dates } of days.values()) {
    const [first, last] = [[...dates].sort().at(0), [...dates].sort().at(-1)];
    if (dates.size < FOLLOWED_DAYS || first === undefined || last === undefined) continue;
    findings.checked('series-hole');
    for (const date of sessionsBetween(first, last))
      if (!dates.has(date))
        findings.found('series-hole', { source, date: null, underlying }, () => `no row of ${date}`);
  }
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

function checkSplit(
  split: Split,
  passes: readonly DayPass[],
  earlier: readonly DayPass[] | undefined,
  findings: Findings,
): readonly SplitDay[] {
  const { symbol, date } = split;
  const ratio = split.to / split.from;
  checkSplitPrices(split, ratio, passes, earlier, findings);
  const now = tickersOf(passes, symbol);
  if (now.size === 0 || !earlier) return [];
  let before = 0;
  let adjusted = 0;
  let unadjusted = 0;
  for (const ticker of tickersOf(earlier, symbol)) {
    const contract = readContract(ticker);
    if (!contract || contract.adjusted || contract.multiplier !== 100 || contract.expiry <= date) continue;
    before += 1;
    findings.checked('split-strikes');
    const strike = Math.round((contract.strike / ratio) * 100) * 10;
    if (now.has(`${ticker.slice(0, -8)}${String(strike).padStart(8, '0')}`)) adjusted += 1;
    // A new strike that is a seventh of another old one may carry an old name: only what stands alone is left over.
    else if (now.has(ticker)) {
      unadjusted += 1;
      findings.found(
        'split-strikes',
        { source: 'us_options_opra', date, underlying: symbol },
        () => `${ticker} still has its old strike`,
      );
    }
  }
  return [{ symbol, date, ratio, before, adjusted, unadjusted }];
}

function checkSplitPrices(
  { symbol, date }: Split,
  ratio: number,
  passes: readonly DayPass[],
  earlier: readonly DayPass[] | undefined,
  findings: Findings,
): void {
  const last = earlier?.find(({ feed, closes }) => feed.asset === 'stocks' && closes.has(symbol))?.closes.get(symbol);
  if (last === undefined) return;
  const expected = last / ratio;
  for (const { feed, totals } of passes.filter((pass) => pass.feed.asset === 'stocks')) {
    const bars = totals.get(symbol);
    if (!bars) continue;
    findings.checked('split-price');
    const [low, high] = [bars.low / expected, bars.high / expected];
    if (low < 0.5 || high > 2)
      findings.found(
        'split-price',
        { source: feed.name, date, underlying: symbol },
        () =>
          `prices from ${bars.low} to ${bars.high} where ${expected.toFixed(2)} is the close before over ${ratio}: some rows are not split`,
      );
  }
}

function tickersOf(passes: readonly DayPass[], underlying: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { feed, totals, quotes } of passes) {
    if (feed.asset !== 'options') continue;
    for (const ticker of [...totals.keys(), ...quotes.keys()])
      if (underlyingOf('options', ticker) === underlying) found.add(ticker);
  }
  return found;
}
