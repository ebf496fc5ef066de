import { session, sessionsBetween } from '@trading-agent/calendar';
import { type MarketDate, type Micros } from '@trading-agent/core';
import { missingDay } from '../flat-files/expected-day.ts';
import { type ArchiveFeed, type DataArchive, underlyingOf } from './archive.ts';

/** Underlyings beyond this many per feed are summed up under `*`: a whole-market file has thousands. */
export const MAX_UNDERLYINGS = 2_000;

/** Sessions from `from` to `to`, both included, without a session between them that is in another state. */
export interface SessionRange {
  readonly from: MarketDate;
  readonly to: MarketDate;
  readonly sessions: number;
}

export interface UnderlyingCoverage {
  readonly underlying: string;
  readonly rows: number;
  readonly present: readonly SessionRange[];
  /** Sessions of the range of the feed that have no row of this underlying although they are due. */
  readonly missing: readonly SessionRange[];
  /** Sessions whose files the vendor has not been due to publish yet. */
  readonly late: readonly SessionRange[];
  /** Rows that can't be read and name this underlying. */
  readonly quarantined: number;
}

export interface FeedCoverage {
  readonly feed: string;
  readonly from: MarketDate;
  readonly to: MarketDate;
  readonly rows: number;
  readonly days: { readonly present: number; readonly missing: number; readonly late: number };
  readonly missing: readonly SessionRange[];
  readonly late: readonly SessionRange[];
  /** Files of days on which the exchange is closed. */
  readonly notSessions: readonly MarketDate[];
  readonly quarantined: number;
  /** Files that can't be read to their end: day and reason. */
  readonly broken: readonly { readonly date: MarketDate; readonly reason: string }[];
  readonly underlyings: readonly UnderlyingCoverage[];
}

export interface CoverageRequest {
  readonly archive: DataArchive;
  /** Decides what is late and what is missing. */
  readonly now: Micros;
  /** The range asked about; by default from the first to the last day that a feed has. */
  readonly from?: MarketDate;
  readonly to?: MarketDate;
  /** Only these underlyings. */
  readonly underlyings?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

/**
 * What an archive has and lacks, per feed, underlying and session.
 * @throws {TradingError} `OUT_OF_RANGE` for dates outside the calendar; an `AbortError` when `signal` fires.
 */
export async function surveyCoverage(request: CoverageRequest): Promise<readonly FeedCoverage[]> {
  const { archive, from, to } = request;
  const feeds = archive.feeds().map((feed) => {
    const days = archive.days(feed).filter((day) => (!from || day >= from) && (!to || day <= to));
    return { feed, days };
  });
  const total = feeds.reduce((sum, { days }) => sum + days.length, 0);
  let done = 0;
  const covered: FeedCoverage[] = [];
  for (const { feed, days } of feeds) {
    const survey = await surveyFeed(request, feed, days, (date) => {
      done += 1;
      request.onProgress?.(done, total, `${feed.name} ${date}`);
    });
    if (survey) covered.push(survey);
  }
  return covered;
}

interface Tally {
  rows: number;
  quarantined: number;
  readonly days: Set<MarketDate>;
}

async function surveyFeed(
  { archive, now, from, to, underlyings, signal }: CoverageRequest,
  feed: ArchiveFeed,
  days: readonly MarketDate[],
  onDay: (date: MarketDate) => void,
): Promise<FeedCoverage | undefined> {
  const first = from ?? days[0];
  const last = to ?? days.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const wanted = underlyings && new Set(underlyings);
  const tallies = new Map<string, Tally>();
  const broken: { date: MarketDate; reason: string }[] = [];
  let quarantined = 0;
  let rows = 0;
  const tallyOf = (underlying: string): Tally => {
    const name = tallies.has(underlying) || tallies.size < MAX_UNDERLYINGS ? underlying : '*';
    let tally = tallies.get(name);
    if (!tally) tallies.set(name, (tally = { rows: 0, quarantined: 0, days: new Set() }));
    return tally;
  };
  const named = new Map<string, string | null>();
  const ownerOf = (ticker: string): string | null => {
    let owner = named.get(ticker);
    if (owner === undefined) {
      owner = underlyingOf(feed.asset, ticker);
      named.set(ticker, owner);
    }
    return owner;
  };
  for (const date of days) {
    signal?.throwIfAborted();
    named.clear();
    let last: string | undefined;
    let tally: Tally | undefined;
    const reading = await archive.read(feed, date, ({ ticker }) => {
      if (ticker !== last) {
        last = ticker;
        const owner = ownerOf(ticker) ?? '?';
        tally = wanted && !wanted.has(owner) ? undefined : tallyOf(owner);
        tally?.days.add(date);
      }
      if (!tally) return;
      tally.rows += 1;
      rows += 1;
    });
    quarantined += reading.quarantinedTotal;
    for (const { text } of reading.quarantined) {
      const owner = underlyingOf(feed.asset, text.slice(0, Math.max(0, text.indexOf(',')))) ?? '?';
      if (!wanted || wanted.has(owner)) tallyOf(owner === '' ? '?' : owner).quarantined += 1;
    }
    if (reading.broken !== null) broken.push({ date, reason: reading.broken });
    onDay(date);
  }
  const sessions = sessionsBetween(first, last);
  const present = new Set(days);
  const late = new Set(sessions.filter((date) => !present.has(date) && missingDay(date, now).missing === 'late'));
  const split = (has: ReadonlySet<MarketDate>) => ({
    present: ranges(sessions, (date) => has.has(date)),
    missing: ranges(sessions, (date) => !has.has(date) && !late.has(date)),
    late: ranges(sessions, (date) => late.has(date)),
  });
  const whole = split(present);
  const count = (list: readonly SessionRange[]): number => list.reduce((sum, range) => sum + range.sessions, 0);
  return {
    feed: feed.name,
    from: first,
    to: last,
    rows,
    days: { present: count(whole.present), missing: count(whole.missing), late: count(whole.late) },
    missing: whole.missing,
    late: whole.late,
    notSessions: days.filter((date) => session(date) === undefined),
    quarantined,
    broken,
    underlyings: [...tallies]
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([underlying, tally]) => ({
        underlying,
        rows: tally.rows,
        ...split(tally.days),
        quarantined: tally.quarantined,
      })),
  };
}

function ranges(sessions: readonly MarketDate[], holds: (date: MarketDate) => boolean): SessionRange[] {
  const found: { from: MarketDate; to: MarketDate; sessions: number }[] = [];
  let open: (typeof found)[number] | undefined;
  for (const date of sessions) {
    if (!holds(date)) {
      open = undefined;
      continue;
    }
    if (open) {
      open.to = date;
      open.sessions += 1;
    } else found.push((open = { from: date, to: date, sessions: 1 }));
  }
  return found;
}
