import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { TradingError, micros } from '@trading-agent/core';
import { claimedEnd, type Frame, frameAt, frameEnd, framePayload, frameSeq } from './frame.ts';

/** A place in the segment files: everything before it is meant. Segment 0 is before the first file. */
export interface SegmentPosition {
  readonly segment: number;
  readonly bytes: number;
}

/** What is wrong at the end of the files, when something is: bytes that belong to no whole frame. */
export interface SegmentScan {
  /** Where the last whole frame ends. */
  readonly end: SegmentPosition;
  /** Sequence number of the last whole frame; 0 when there is none. */
  readonly lastSeq: number;
  /** Sequence numbers of the whole frames beyond the committed position. */
  readonly uncommitted: readonly number[];
  readonly tornBytes: number;
}

export function segmentPath(folder: string, segment: number): string {
  return join(folder, `${String(segment).padStart(6, '0')}.seg`);
}

/**
 * Checks every frame of the segment files in `folder`. A cut-off or half-written end beyond `committed` is normal after a kill and is
 * only reported.
 * @throws {TradingError} `JOURNAL_CORRUPT` when something before `committed` is missing or damaged, when whole frames follow a damaged one,
 * or when sequence numbers do not rise.
 */
export function scanSegments(folder: string, committed: SegmentPosition): SegmentScan {
  const segments = listSegments(folder);
  let end: SegmentPosition = { segment: 0, bytes: 0 };
  let lastSeq = 0;
  let tornBytes = 0;
  const uncommitted: number[] = [];
  for (const [index, segment] of segments.entries()) {
    const path = segmentPath(folder, segment);
    if (segment !== index + 1) throw corrupt(path, 0, `the file before it is missing`);
    const bytes = readFileSync(path);
    let offset = 0;
    for (;;) {
      const next = frameEnd(bytes, offset);
      if (next === undefined) break;
      const seq = frameSeq(bytes, offset);
      if (seq <= lastSeq) throw corrupt(path, offset, `sequence number ${seq} follows ${lastSeq}`);
      lastSeq = seq;
      if (isBeyond({ segment, bytes: next }, committed)) uncommitted.push(seq);
      offset = next;
    }
    end = { segment, bytes: offset };
    tornBytes = bytes.length - offset;
    if (tornBytes > 0) {
      const claimed = claimedEnd(bytes, offset);
      const wholeFollows = claimed !== undefined && frameEnd(bytes, claimed) !== undefined;
      if (wholeFollows || index < segments.length - 1)
        throw corrupt(path, offset, 'a damaged frame is followed by others');
    }
  }
  if (isBeyond(committed, end)) {
    throw corrupt(
      segmentPath(folder, Math.max(1, committed.segment)),
      end.segment === committed.segment ? end.bytes : 0,
      `${committed.bytes} bytes of segment ${committed.segment} were committed, only ${end.bytes} of segment ${end.segment} are whole`,
    );
  }
  return { end, lastSeq, uncommitted, tornBytes };
}

/** The whole frames up to `end`, one file in memory at a time. */
export function* readFrames(folder: string, end: SegmentPosition): Generator<Frame> {
  for (const segment of listSegments(folder)) {
    if (segment > end.segment) return;
    const bytes = readFileSync(segmentPath(folder, segment));
    const limit = segment === end.segment ? end.bytes : bytes.length;
    let offset = 0;
    while (offset < limit) {
      const next = frameEnd(bytes, offset);
      if (next === undefined)
        throw corrupt(segmentPath(folder, segment), offset, 'a frame was damaged since it was checked');
      yield {
        seq: frameSeq(bytes, offset),
        at: micros(frameAt(bytes, offset)),
        payload: framePayload(bytes, offset, next),
      };
      offset = next;
    }
  }
}

/** Removes everything after `end`, durably. */
export function cutSegments(folder: string, end: SegmentPosition): void {
  for (const segment of listSegments(folder).toReversed()) {
    if (segment > end.segment) {
      rmSync(segmentPath(folder, segment));
    } else if (segment === end.segment) {
      const file = openSync(segmentPath(folder, segment), 'r+');
      try {
        ftruncateSync(file, end.bytes);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    }
  }
  syncFolder(folder);
}

const sync = promisify(fdatasync);

/** Appends frames. Written at once (a killed process loses nothing), on disk after `sync` (a killed machine loses nothing before it). */
export class SegmentWriter {
  readonly #folder: string;
  readonly #segmentBytes: number;
  #segment: number;
  #bytes: number;
  #file: number | undefined;
  /** Full segments, on disk, whose files a running `sync` may still hold. */
  #full: number[] = [];
  #broken: unknown;

  constructor(folder: string, end: SegmentPosition, segmentBytes: number) {
    this.#folder = folder;
    this.#segment = end.segment;
    this.#bytes = end.bytes;
    this.#segmentBytes = segmentBytes;
  }

  get position(): SegmentPosition {
    return { segment: this.#segment, bytes: this.#bytes };
  }

  /** @throws {TradingError} `STORE_UNAVAILABLE` when the disk refuses; nothing of the frame is left then. */
  append(frame: Buffer): void {
    if (this.#broken !== undefined) throw this.#unavailable(this.#broken);
    try {
      const file = this.#open();
      let written = 0;
      try {
        while (written < frame.length) {
          written += writeSync(file, frame, written, frame.length - written, this.#bytes + written);
        }
      } catch (error) {
        ftruncateSync(file, this.#bytes);
        throw error;
      }
      this.#bytes += frame.length;
    } catch (error) {
      // A full disk may have room again later, but what the engine saw then would have a gap: this writer is done.
      this.#broken = error;
      throw this.#unavailable(error);
    }
  }

  /** Returns when everything appended so far is on disk. */
  async sync(): Promise<void> {
    if (this.#file === undefined) return;
    try {
      await sync(this.#file);
      for (const file of this.#full.splice(0)) closeSync(file);
    } catch (error) {
      // After a failed fsync the kernel may have dropped the pages: trying again would report success for lost data.
      this.#broken = error;
      throw this.#unavailable(error);
    }
  }

  close(): void {
    for (const file of this.#full.splice(0)) closeSync(file);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#broken = 'the journal is closed';
  }

  #open(): number {
    if (this.#file !== undefined && this.#bytes < this.#segmentBytes) return this.#file;
    if (this.#file !== undefined) {
      fdatasyncSync(this.#file);
      this.#full.push(this.#file);
      this.#file = undefined;
    }
    if (this.#segment === 0 || this.#bytes >= this.#segmentBytes) {
      mkdirSync(this.#folder, { recursive: true });
      this.#file = openSync(segmentPath(this.#folder, this.#segment + 1), 'wx', 0o600);
      this.#segment += 1;
      this.#bytes = 0;
      syncFolder(this.#folder);
      syncFolder(dirname(this.#folder));
    } else {
      this.#file = openSync(segmentPath(this.#folder, this.#segment), 'r+');
    }
    return this.#file;
  }

  #unavailable(cause: unknown): TradingError {
    return new TradingError('STORE_UNAVAILABLE', `Can't write the journal in ${this.#folder}: ${String(cause)}`, {
      hint: 'Check free space and permissions of the data folder, then start again with --resume.',
      details: { folder: this.#folder },
      cause,
    });
  }
}

function listSegments(folder: string): number[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  return names
    .filter((name) => /^\d{6}\.seg$/.test(name))
    .map((name) => Number(name.slice(0, 6)))
    .sort((a, b) => a - b);
}

function isBeyond(a: SegmentPosition, b: SegmentPosition): boolean {
  return a.segment > b.segment || (a.segment === b.segment && a.bytes > b.bytes);
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function corrupt(path: string, offset: number, why: string): TradingError {
  return new TradingError('JOURNAL_CORRUPT', `The journal file ${path} is damaged at byte ${offset}: ${why}`, {
    hint: 'Keep a copy of the data folder. Was it moved, restored from a backup or emptied while the database stayed? Restore both, or give this session up: agent start --new-session takes over what it left in the database.',
    details: { path, offset },
  });
}
