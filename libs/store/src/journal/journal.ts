import { join } from 'node:path';
import { type Json, type Micros, TradingError } from '@trading-agent/core';
import { and, asc, eq, gt } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { type FileLock, tryFileLock } from '../file-lock.ts';
import type { StoreLogger } from '../logger.ts';
import { events, sessions } from '../schema/tables.ts';
import { type CommitBatch, writeBatch } from './commit.ts';
import { encodeFrame } from './frame.ts';
import { assertPayload } from './plain.ts';
import { cutSegments, readFrames, scanSegments, type SegmentPosition, SegmentWriter } from './segments.ts';

/** An entry of the journal, in the one total order of `seq`. */
export type JournalEntry =
  | { readonly kind: 'market'; readonly seq: number; readonly at: Micros; readonly payload: Json }
  | {
      readonly kind: 'event';
      readonly seq: number;
      readonly at: Micros;
      readonly type: string;
      readonly payload: Json;
    };

/** What was journaled, for reading. */
export interface JournalReader {
  /**
   * Highest sequence number whose consequences are in the database; 0 before the first commit. Entries beyond it are market frames that
   * were journaled but not acted upon.
   */
  readonly committedSeq: number;
  /** All entries by rising `seq`, a part of them in memory at a time. Numbers that were handed out but never committed are missing. */
  entries(): AsyncGenerator<JournalEntry>;
  /** All entries at once. */
  read(): Promise<JournalEntry[]>;
}

/** The journal of one session, written by one process. */
export interface Journal extends JournalReader {
  readonly sessionId: string;
  /**
   * Journals what the engine is about to see and returns its sequence number. In the file at once: a kill of the process loses nothing,
   * a crash of the machine loses what was not committed.
   * @throws {TradingError} `INVALID_VALUE` when the payload is not plain data, `STORE_UNAVAILABLE` when the disk refuses.
   */
  appendMarket(entry: { readonly at: Micros; readonly payload: Json }): number;
  /** The sequence number of an entry with consequences; it must be in the events of the next commit. */
  nextSeq(): number;
  /**
   * Makes everything appended so far and the batch durable: fsync of the segment, then one transaction. Commits run one after the other
   * in the order of the calls. After a failure the same batch may be tried again: it is never stored twice.
   * @throws {TradingError} `STORE_CONFLICT` when numbers are missing, unknown or used already, or when another writer moved the session;
   * `STORE_UNAVAILABLE` when disk or database don't answer (the batch may or may not be stored: resume finds out).
   */
  commit(batch: CommitBatch): Promise<{ readonly committedSeq: number }>;
  /** Ends writing; waits for running commits. */
  close(): Promise<void>;
}

export interface JournalOptions {
  /**
   * What becomes of market frames beyond the last commit: `keep` (the default) leaves them to be read and acted upon, `drop` cuts them off, as
   * if they had never arrived.
   */
  readonly uncommitted?: 'keep' | 'drop';
  /** A new segment file is begun beyond this size; 64 MiB unless told. */
  readonly segmentBytes?: number;
}

const SEGMENT_BYTES = 64 * 1024 * 1024;
const EVENTS_PER_PAGE = 5_000;

/** A reader that takes no lock and changes nothing: for a session that may be running elsewhere. */
export async function readJournal(database: Database, folder: string, sessionId: string): Promise<JournalReader> {
  const { committedSeq, position } = await sessionPosition(database, sessionId);
  const { end } = scanSegments(join(folder, sessionId), position);
  return reader(
    database,
    join(folder, sessionId),
    sessionId,
    () => end,
    () => committedSeq,
  );
}

/** @throws {TradingError} `STORE_CONFLICT` when another process writes this journal, `JOURNAL_CORRUPT`, `NOTHING_TO_RESUME` for an unknown session. */
export async function openJournal(
  database: Database,
  folder: string,
  sessionId: string,
  logger: StoreLogger,
  options: JournalOptions = {},
): Promise<Journal> {
  const own = join(folder, sessionId);
  // Before anything is cut: what looks torn may be what another writer is writing.
  const lock = tryFileLock(join(own, 'writer.lock'));
  if (!lock) {
    throw new TradingError('STORE_CONFLICT', `The journal of session ${sessionId} is being written by somebody else`, {
      hint: 'End the other process, or close the other journal first.',
      details: { sessionId },
    });
  }
  try {
    const { committedSeq, position } = await sessionPosition(database, sessionId, 'settled');
    const scan = scanSegments(own, position);
    const drop = options.uncommitted === 'drop';
    const end = drop ? position : scan.end;
    if (scan.tornBytes > 0 || (drop && scan.uncommitted.length > 0)) {
      logger.warn(
        { sessionId, tornBytes: scan.tornBytes, droppedFrames: drop ? scan.uncommitted.length : 0 },
        'Cut the uncommitted end of the journal',
      );
      cutSegments(own, end);
    }
    const kept = drop ? [] : scan.uncommitted;
    return new SessionJournal(database, own, sessionId, lock, {
      committedSeq,
      end,
      uncommitted: kept,
      segmentBytes: options.segmentBytes ?? SEGMENT_BYTES,
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Start {
  readonly committedSeq: number;
  readonly end: SegmentPosition;
  readonly uncommitted: readonly number[];
  readonly segmentBytes: number;
}

class SessionJournal implements Journal {
  readonly sessionId: string;
  readonly #database: Database;
  readonly #folder: string;
  readonly #lock: FileLock;
  readonly #writer: SegmentWriter;
  #last: number;
  #committed: number;
  /** Numbers beyond `#committed` and whether they are in the segment file already. */
  readonly #open = new Map<number, 'frame' | 'event'>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(database: Database, folder: string, sessionId: string, lock: FileLock, start: Start) {
    this.#database = database;
    this.#folder = folder;
    this.sessionId = sessionId;
    this.#lock = lock;
    this.#writer = new SegmentWriter(folder, start.end, start.segmentBytes);
    this.#committed = start.committedSeq;
    this.#last = Math.max(start.committedSeq, start.uncommitted.at(-1) ?? 0);
    for (const seq of start.uncommitted) this.#open.set(seq, 'frame');
  }

  get committedSeq(): number {
    return this.#committed;
  }

  appendMarket(entry: { readonly at: Micros; readonly payload: Json }): number {
    assertPayload(entry.payload, 'A market entry');
    const seq = this.#last + 1;
    this.#writer.append(encodeFrame(seq, entry.at, entry.payload));
    this.#last = seq;
    this.#open.set(seq, 'frame');
    return seq;
  }

  nextSeq(): number {
    this.#last += 1;
    this.#open.set(this.#last, 'event');
    return this.#last;
  }

  commit(batch: CommitBatch): Promise<{ readonly committedSeq: number }> {
    const to = this.#last;
    const position = this.#writer.position;
    const done = this.#queue.then(() => this.#commit(batch, to, position));
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    await this.#queue;
    this.#writer.close();
    this.#lock.release();
  }

  entries(): AsyncGenerator<JournalEntry> {
    return this.#reader().entries();
  }

  read(): Promise<JournalEntry[]> {
    return this.#reader().read();
  }

  async #commit(batch: CommitBatch, to: number, position: SegmentPosition): Promise<{ readonly committedSeq: number }> {
    this.#check(batch, to);
    await this.#writer.sync();
    await this.#database.run('commit', (db) => writeBatch(db, this.sessionId, batch, this.#committed, to, position));
    this.#committed = to;
    for (const seq of this.#open.keys()) {
      if (seq > to) break;
      this.#open.delete(seq);
    }
    return { committedSeq: to };
  }

  /** Every number up to `to` that was handed out is either a frame or an event of this batch, once. */
  #check(batch: CommitBatch, to: number): void {
    const seen = new Set<number>();
    for (const event of batch.events ?? []) {
      assertPayload(event.payload, `Event ${event.seq}`);
      if (event.seq <= this.#committed) throw this.#conflict(`sequence number ${event.seq} is committed already`);
      if (seen.has(event.seq)) throw this.#conflict(`sequence number ${event.seq} occurs twice`);
      if (event.seq > to || this.#open.get(event.seq) !== 'event')
        throw this.#conflict(`sequence number ${event.seq} was not handed out for an event`);
      seen.add(event.seq);
    }
    for (const [seq, kind] of this.#open) {
      if (seq > to) break;
      if (kind === 'event' && !seen.has(seq)) throw this.#conflict(`the event ${seq} is missing`);
    }
    for (const row of [...(batch.decisions ?? []), ...(batch.outbox ?? [])]) {
      assertPayload(row.payload, `A decision on ${row.seq}`);
      if (row.seq > to) throw this.#conflict(`a decision refers to ${row.seq}, which nobody has journaled`);
    }
  }

  #conflict(why: string): TradingError {
    return new TradingError('STORE_CONFLICT', `Can't commit to the journal of session ${this.sessionId}: ${why}`, {
      details: { sessionId: this.sessionId, committedSeq: this.#committed },
    });
  }

  #reader(): JournalReader {
    return reader(
      this.#database,
      this.#folder,
      this.sessionId,
      () => this.#writer.position,
      () => this.#committed,
    );
  }
}

function reader(
  database: Database,
  folder: string,
  sessionId: string,
  end: () => SegmentPosition,
  committedSeq: () => number,
): JournalReader {
  async function* entries(): AsyncGenerator<JournalEntry> {
    const frames = readFrames(folder, end());
    let frame = frames.next();
    for await (const event of eventRows(database, sessionId, committedSeq())) {
      while (!frame.done && frame.value.seq < event.seq) {
        yield { kind: 'market', ...frame.value };
        frame = frames.next();
      }
      yield { kind: 'event', ...event };
    }
    while (!frame.done) {
      yield { kind: 'market', ...frame.value };
      frame = frames.next();
    }
  }
  return {
    get committedSeq() {
      return committedSeq();
    },
    entries,
    read: async () => {
      const all: JournalEntry[] = [];
      for await (const entry of entries()) all.push(entry);
      return all;
    },
  };
}

async function* eventRows(database: Database, sessionId: string, upTo: number) {
  let after = 0;
  for (;;) {
    const page = await database.run('read the journal', (db) =>
      db
        .select({ seq: events.seq, at: events.at, type: events.type, payload: events.payload })
        .from(events)
        .where(and(eq(events.sessionId, sessionId), gt(events.seq, after)))
        .orderBy(asc(events.seq))
        .limit(EVENTS_PER_PAGE),
    );
    for (const row of page) {
      if (row.seq > upTo) return;
      yield row;
    }
    const last = page.at(-1);
    if (!last || page.length < EVENTS_PER_PAGE) return;
    after = last.seq;
  }
}

/**
 * Where the session's last commit left it. `settled` waits for a commit that is still under way: that of a writer which was killed after it
 * sent it.
 */
async function sessionPosition(
  database: Database,
  sessionId: string,
  how: 'settled' | 'now' = 'now',
): Promise<{ committedSeq: number; position: SegmentPosition }> {
  const [row] = await database.run('open the journal', async (db) => {
    const query = db
      .select({ committedSeq: sessions.committedSeq, segment: sessions.segment, bytes: sessions.segmentBytes })
      .from(sessions)
      .where(eq(sessions.id, sessionId));
    return how === 'settled' ? query.for('update') : query;
  });
  if (!row) {
    throw new TradingError('NOTHING_TO_RESUME', `There is no session ${sessionId}`, { details: { sessionId } });
  }
  return { committedSeq: row.committedSeq, position: { segment: row.segment, bytes: row.bytes } };
}
