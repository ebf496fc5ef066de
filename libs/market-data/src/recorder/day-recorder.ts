import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { nyDate, requireSession } from '@trading-agent/calendar';
import { type MarketDate, type Micros, micros, TradingError } from '@trading-agent/core';
import { settle, writeDurably } from '../lake/durable-file.ts';
import { truncateTornLine } from '../lake/torn-line.ts';
import type { FeedEvent } from '../stream/feed-event.ts';
import type { FeedGap } from '../stream/gap.ts';
import { readHeardUntil, writeHeardUntil } from './heard-until.ts';
import { RECORDED_FEEDS, type RecordedFeed, recordedRow } from './recorded-rows.ts';
import { writeSorted } from './sorted-file.ts';

/** A time during which events may have been missed. */
export interface RecordedGap {
  readonly from: Micros;
  readonly to: Micros;
  readonly reason: string;
}

export interface RecordingCounts {
  readonly quotes: number;
  readonly bars: number;
  readonly trades: number;
  /** Events of another New York day, and those the layout has no file for. */
  readonly leftOut: number;
  readonly gaps: number;
}

export interface RecordedFile {
  readonly feed: RecordedFeed;
  readonly date: MarketDate;
  readonly file: string;
  readonly rows: number;
}

const BUFFERED = 256 * 1024;
const FEEDS = Object.keys(RECORDED_FEEDS) as RecordedFeed[];

/**
 * Writes the events of a live day so that it can be replayed: `loadRecordedDay` reads what `finish` leaves. Rows are appended to plain files
 * below `.recording` first. A recorder that dies loses at most what `flush` had not yet written; opened again it goes on, and rows of a day
 * that was finished before are kept. One recorder per folder and day at a time (`recordFeed` sees to it).
 */
export class DayRecorder {
  readonly date: MarketDate;
  readonly #dir: string;
  readonly #parts: string;
  readonly #open = new Map<RecordedFeed, { readonly fd: number; buffer: string[]; size: number }>();
  readonly #counts = { quotes: 0, bars: 0, trades: 0, leftOut: 0, gaps: 0 };
  readonly #holes = new Map<string, FeedGap>();
  readonly #heardBefore: Micros | undefined;
  #latest = 0;
  #listening = false;
  #finished = false;

  /** @throws the error of the file system when the folder can't be written. */
  constructor(options: { readonly dir: string; readonly date: MarketDate }) {
    this.date = options.date;
    this.#dir = options.dir;
    this.#parts = join(options.dir, '.recording', options.date);
    mkdirSync(this.#parts, { recursive: true });
    for (const feed of FEEDS) this.#completeFinish(feed);
    this.#heardBefore = readHeardUntil(options.dir, options.date);
  }

  get counts(): RecordingCounts {
    return { ...this.#counts };
  }

  /** Time of the latest event of the day, microseconds; 0 before the first. */
  get latest(): number {
    return this.#latest;
  }

  /** @throws {TradingError} `INTERNAL` after `finish`; the error of the file system when the disk is full. */
  add(event: FeedEvent): void {
    if (this.#finished) throw new TradingError('INTERNAL', 'The recording is finished');
    if (event.kind === 'gap') return this.#follow(event.gap);
    const at = timeOf(event);
    const row = nyDate(at) === this.date ? recordedRow(event) : undefined;
    if (!row) {
      this.#counts.leftOut += 1;
      return;
    }
    this.#counts[event.kind === 'quote' ? 'quotes' : event.kind === 'trade' ? 'trades' : 'bars'] += 1;
    this.#latest = Math.max(this.#latest, event.kind === 'bar' ? event.bar.end : at);
    const part = this.#part(row.feed);
    part.buffer.push(row.text);
    part.size += row.text.length;
    if (part.size >= BUFFERED) this.#write(row.feed);
  }

  /** A hole of the stream is noted when it closes; one that is still open when the recording ends, then. */
  #follow(gap: FeedGap): void {
    if (gap.to === null) {
      this.#holes.set(gap.id, gap);
      return;
    }
    this.#holes.delete(gap.id);
    this.gap({ from: gap.from, to: gap.to, reason: gap.reason });
  }

  /** Notes that events may be missing: it stands in `recordings/DATE.gaps.jsonl` beside the files. */
  gap(gap: RecordedGap): void {
    this.#counts.gaps += 1;
    const file = join(this.#dir, 'recordings', `${this.date}.gaps.jsonl`);
    mkdirSync(dirname(file), { recursive: true });
    append(file, `${JSON.stringify(gap)}\n`);
  }

  /**
   * From `at` on the day is listened to. What the market told before, since the open or since an earlier recorder of the day was heard of last, is
   * noted as a gap; one of at most `leastMicros` is none.
   */
  listenFrom(at: Micros, leastMicros = 0): void {
    this.#listening = true;
    const { open, close } = requireSession(this.date);
    const from = micros(Math.max(open, this.#heardBefore ?? open));
    const to = micros(Math.min(at, close));
    if (to - from <= leastMicros) return;
    const reason = this.#heardBefore === undefined ? 'the recording began during the session' : 'nothing was recorded';
    this.gap({ from, to, reason: `${reason}; bars were asked for afterwards, quotes were not` });
  }

  /** Puts what is buffered on the disk, and notes until when the day has been heard. */
  flush(): void {
    for (const feed of this.#open.keys()) this.#write(feed);
    for (const { fd } of this.#open.values()) fsyncSync(fd);
    this.#noteHeard();
  }

  /** Not beyond the beginning of a hole that is still open: were the process to die, it would be forgotten. */
  #noteHeard(): void {
    const until = Math.min(this.#latest, ...[...this.#holes.values()].map(({ from }) => from));
    if (this.#listening && until > (this.#heardBefore ?? 0)) writeHeardUntil(this.#dir, this.date, micros(until));
  }

  /** Turns the parts into the files of the layout, each in one step: a reader sees the old file or the whole new one. */
  async finish(): Promise<readonly RecordedFile[]> {
    this.#finished = true;
    for (const { from, reason } of this.#holes.values())
      this.gap({ from, to: micros(Math.max(from, this.#latest)), reason: `${reason}; open when the recording ended` });
    this.#holes.clear();
    this.flush();
    for (const { fd } of this.#open.values()) closeSync(fd);
    this.#open.clear();
    const files: RecordedFile[] = [];
    for (const feed of FEEDS) {
      const part = this.#partFile(feed);
      if (!existsSync(part)) continue;
      // A recorder that died may have left half a line, and nothing has come of this feed since.
      truncateTornLine(part);
      const target = this.#target(feed);
      mkdirSync(dirname(target), { recursive: true });
      const { header, time } = RECORDED_FEEDS[feed];
      const sources = existsSync(target) ? [target, part] : [part];
      const rows = await writeSorted({
        sources,
        target: `${target}.new`,
        header,
        time,
        lastWins: feed.endsWith('aggs_v1'),
      });
      // From here on the new file counts: were the process to die, the next recorder would go on at this place.
      settle(part, `${part}.done`);
      this.#completeFinish(feed);
      files.push({ feed, date: this.date, file: target, rows });
    }
    rmSync(this.#parts, { recursive: true, force: true });
    return files;
  }

  /** Ends what `finish` began for a feed, or takes back what it had not got far enough with. */
  #completeFinish(feed: RecordedFeed): void {
    const target = this.#target(feed);
    const done = `${this.#partFile(feed)}.done`;
    if (!existsSync(done)) return rmSync(`${target}.new`, { force: true });
    if (existsSync(`${target}.new`)) settle(`${target}.new`, target);
    rmSync(done);
  }

  #part(feed: RecordedFeed): { readonly fd: number; buffer: string[]; size: number } {
    let part = this.#open.get(feed);
    if (!part) {
      const file = this.#partFile(feed);
      if (existsSync(file)) truncateTornLine(file);
      const fd = openSync(file, 'a');
      part = { fd, buffer: [], size: 0 };
      this.#open.set(feed, part);
    }
    return part;
  }

  #write(feed: RecordedFeed): void {
    const part = this.#open.get(feed);
    if (!part || part.buffer.length === 0) return;
    const bytes = Buffer.from(`${part.buffer.join('\n')}\n`);
    part.buffer = [];
    part.size = 0;
    for (let from = 0; from < bytes.length;) from += writeSync(part.fd, bytes, from);
  }

  #partFile(feed: RecordedFeed): string {
    return join(this.#parts, `${feed.replace('/', '.')}.csv`);
  }

  #target(feed: RecordedFeed): string {
    return join(this.#dir, feed, this.date.slice(0, 4), this.date.slice(5, 7), `${this.date}.csv.gz`);
  }
}

/** The gaps noted while a day was recorded; none when it was not recorded or had none. */
export function readRecordedGaps(dir: string, date: MarketDate): readonly RecordedGap[] {
  const file = join(dir, 'recordings', `${date}.gaps.jsonl`);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line): RecordedGap => JSON.parse(line));
}

const NOTES_FILE = /^(\d{4}-\d\d-\d\d)\.(?:gaps\.jsonl|heard)$/;

/** Takes the notes of the days from `from` to `to` along to another folder: rows without them would pass for whole days. */
export function copyRecordedGaps(
  fromDir: string,
  toDir: string,
  days: { readonly from?: MarketDate; readonly to?: MarketDate },
): void {
  const folder = join(fromDir, 'recordings');
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).sort()) {
    const date = NOTES_FILE.exec(name)?.[1];
    if (date === undefined || (days.from && date < days.from) || (days.to && date > days.to)) continue;
    const target = join(toDir, 'recordings', name);
    const notes = readFileSync(join(folder, name), 'utf8');
    if (!existsSync(target) || readFileSync(target, 'utf8') !== notes) writeDurably(target, notes);
  }
}

/** When an event happened: a bar when its window began. */
function timeOf(event: Exclude<FeedEvent, { readonly kind: 'gap' }>): Micros {
  switch (event.kind) {
    case 'quote':
      return event.quote.at;
    case 'trade':
      return event.trade.at;
    case 'bar':
      return event.bar.start;
    case 'limit-band':
      return event.band.at;
    case 'index-value':
    case 'fair-value':
      return event.value.at;
  }
}

function append(file: string, text: string): void {
  const fd = openSync(file, 'a');
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
