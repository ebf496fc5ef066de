import { session } from '@trading-agent/calendar';
import { MICROS_PER_MINUTE, type MarketDate } from '@trading-agent/core';
import { type ArchiveFeed, type ArchiveRow, type DataArchive, underlyingOf } from '../coverage/archive.ts';
import type { Findings, Place } from './findings.ts';

type QuoteRow = Extract<ArchiveRow, { kind: 'quotes' }>;
type BarRow = Extract<ArchiveRow, { kind: 'minute-bars' | 'day-bars' }>;

/** Totals of the minute bars of one ticker, or its day bar. */
export interface BarTotals {
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number | null;
  /** First and last window, so that the order of rows does not matter. */
  first: number;
  last: number;
}

export interface LastQuote {
  bid: number | null;
  ask: number | null;
  at: number;
}

/** What one pass over one file leaves for the checks that look at several. */
export interface DayPass {
  readonly feed: ArchiveFeed;
  readonly date: MarketDate;
  readonly rows: number;
  readonly quarantined: number;
  /** By ticker; bars only. */
  readonly totals: ReadonlyMap<string, BarTotals>;
  /** By ticker: the last known sides at the end of the session; quotes only. A blank side leaves the one before standing. */
  readonly quotes: ReadonlyMap<string, LastQuote>;
  /** By ticker: the close of the last bar that begins inside the session; stocks and indices only. */
  readonly closes: ReadonlyMap<string, number>;
}

/** A two-sided quote that has not moved for this long before the last row of its file, while others did, is called stale. */
const STALE = 120 * MICROS_PER_MINUTE;

/** Reads one day of one feed once and judges every row by itself and beside its neighbours of the same ticker. */
export async function passOver(
  archive: DataArchive,
  feed: ArchiveFeed,
  date: MarketDate,
  findings: Findings,
): Promise<DayPass> {
  const totals = new Map<string, BarTotals>();
  const quotes = new Map<string, LastQuote>();
  const changed = new Map<string, number>();
  const closes = new Map<string, number>();
  const seen = new SeenRows();
  const close = session(date)?.close ?? Number.POSITIVE_INFINITY;
  let latest = 0;
  let ticker: string | undefined;
  let place: Place = { source: feed.name, date, underlying: '?' };
  const reading = await archive.read(feed, date, (row) => {
    if (row.ticker !== ticker) {
      ticker = row.ticker;
      place = { source: feed.name, date, underlying: underlyingOf(feed.asset, ticker) ?? '?' };
    }
    const twin = seen.add(row);
    if (twin !== 'new') findings.found(twin, place, () => `${row.ticker} at ${row.at}`);
    if (row.kind === 'quotes') {
      checkQuote(row, place, findings);
      if (row.at > close) return;
      latest = Math.max(latest, row.at);
      const known = quotes.get(row.ticker);
      const bid = row.bid === null ? (known?.bid ?? null) : row.bid;
      const ask = row.ask === null ? (known?.ask ?? null) : row.ask;
      if (!known || known.bid !== bid || known.ask !== ask) changed.set(row.ticker, row.at);
      quotes.set(row.ticker, { bid, ask, at: row.at });
    } else if (row.kind === 'trades') {
      if (row.price < 0 || row.size < 0)
        findings.found('negative-price', place, () => `${row.ticker} ${row.size} at ${row.price}`);
    } else {
      checkBar(row, place, findings);
      addTo(totals, row);
      if (feed.asset !== 'options' && row.at < close) closes.set(row.ticker, row.close);
    }
  });
  if (feed.kind === 'quotes') {
    findings.checked('negative-price', reading.rows);
    findings.checked('crossed-quote', reading.rows);
    findings.checked('stale-quote', quotes.size);
    for (const [name, { bid, ask }] of quotes) {
      const since = changed.get(name) ?? 0;
      if (bid === null || ask === null || latest - since < STALE) continue;
      const at: Place = { source: feed.name, date, underlying: underlyingOf(feed.asset, name) ?? '?' };
      findings.found(
        'stale-quote',
        at,
        () => `${name} ${bid} x ${ask}, unmoved for ${minutes(latest - since)} minutes`,
      );
    }
  } else if (feed.kind !== 'trades') {
    findings.checked('bar-range', reading.rows);
    findings.checked('negative-volume', reading.rows);
  } else findings.checked('negative-price', reading.rows);
  findings.checked('duplicate-row', reading.rows);
  findings.checked('conflicting-row', reading.rows);
  findings.checked('unreadable-row', reading.rows + reading.quarantinedTotal);
  findings.checked('broken-file');
  const whole: Place = { source: feed.name, date, underlying: '*' };
  for (const { line, reason } of reading.quarantined.slice(0, 3))
    findings.found('unreadable-row', whole, () => `line ${line}: ${reason}`);
  if (reading.quarantinedTotal > 3) findings.found('unreadable-row', whole, () => '', reading.quarantinedTotal - 3);
  if (reading.broken !== null) {
    const why = reading.broken;
    findings.found('broken-file', whole, () => why);
  }
  return { feed, date, rows: reading.rows, quarantined: reading.quarantinedTotal, totals, quotes, closes };
}

function checkQuote(row: QuoteRow, place: Place, findings: Findings): void {
  const { ticker, bid, ask, bidSize, askSize } = row;
  if ((bid ?? 0) < 0 || (ask ?? 0) < 0 || bidSize < 0 || askSize < 0)
    findings.found('negative-price', place, () => `${ticker} ${bid} (${bidSize}) x ${ask} (${askSize})`);
  // A zero ask is the feed's way of saying that nobody offers.
  if (bid !== null && ask !== null && ask > 0 && bid > ask)
    findings.found('crossed-quote', place, () => `${ticker} ${bid} x ${ask}`);
}

function checkBar(row: BarRow, place: Place, findings: Findings): void {
  const { ticker, open, high, low, close, volume } = row;
  if (!(high >= low && high >= open && high >= close && low <= open && low <= close) || low < 0)
    findings.found('bar-range', place, () => `${ticker} o ${open} h ${high} l ${low} c ${close}`);
  if (volume !== null && volume < 0) findings.found('negative-volume', place, () => `${ticker} ${volume}`);
}

function addTo(totals: Map<string, BarTotals>, { ticker, at, open, high, low, close, volume }: BarRow): void {
  const known = totals.get(ticker);
  if (!known) {
    totals.set(ticker, { open, high, low, close, volume, first: at, last: at });
    return;
  }
  known.high = Math.max(known.high, high);
  known.low = Math.min(known.low, low);
  if (volume !== null) known.volume = (known.volume ?? 0) + volume;
  if (at < known.first) {
    known.first = at;
    known.open = open;
  }
  if (at > known.last) {
    known.last = at;
    known.close = close;
  }
}

/**
 * Finds a row that comes twice. Files are sorted by ticker, so only the rows of one ticker and time are remembered; a file in another
 * order hides twins that stand apart. Quotes and trades may share an instant; they are twins when all else is the same too.
 */
class SeenRows {
  #ticker: string | undefined;
  readonly #times = new Map<number, string>();

  add(row: ArchiveRow): 'new' | 'duplicate-row' | 'conflicting-row' {
    if (row.ticker !== this.#ticker) {
      this.#ticker = row.ticker;
      this.#times.clear();
    }
    const values = describe(row);
    const before = this.#times.get(row.at);
    if (row.kind !== 'minute-bars' && row.kind !== 'day-bars' && before === undefined) this.#times.clear();
    this.#times.set(row.at, values);
    if (before === undefined) return 'new';
    if (before === values) return 'duplicate-row';
    return row.kind === 'minute-bars' || row.kind === 'day-bars' ? 'conflicting-row' : 'new';
  }
}

function describe(row: ArchiveRow): string {
  if (row.kind === 'quotes') return `${row.bid}/${row.bidSize}/${row.ask}/${row.askSize}`;
  if (row.kind === 'trades') return `${row.price}/${row.size}/${row.identity}`;
  return `${row.open}/${row.high}/${row.low}/${row.close}/${row.volume}`;
}

function minutes(span: number): number {
  return Math.round(span / MICROS_PER_MINUTE);
}
