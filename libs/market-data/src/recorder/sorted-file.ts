import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { textLines } from '../text-lines.ts';

export interface SortRequest {
  /** CSV files of the same columns, in order of age; a header line is skipped wherever it stands. */
  readonly sources: readonly string[];
  readonly target: string;
  readonly header: string;
  /** Which field has the time: nanoseconds in 19 digits, so that text order is time order. */
  readonly time: number;
  /** Of rows with the same ticker and time only the last counts (bars, which a vendor may correct). */
  readonly lastWins: boolean;
  /** Text held in memory at once; the sources are read once for each such part. 64 MiB by default. */
  readonly memory?: number;
}

const MEMORY = 64 * 1024 * 1024;

/**
 * Writes the rows of the sources as one gzip file, sorted by ticker, then time, then age, and flushed to the disk. The same rows give the
 * same bytes. Memory is bounded by `memory` or the rows of the busiest ticker, whichever is more.
 * @returns how many rows were written
 */
export async function writeSorted(request: SortRequest): Promise<number> {
  const sizes = new Map<string, number>();
  for await (const line of rows(request)) {
    const name = line.slice(0, line.indexOf(','));
    const known = sizes.get(name);
    sizes.set(known === undefined ? Buffer.from(name).toString() : name, (known ?? 0) + line.length);
  }
  let written = 0;
  async function* sorted(): AsyncGenerator<string> {
    yield `${request.header}\n`;
    for (const part of parts(sizes, request.memory ?? MEMORY)) {
      const kept = new Map<string, string[]>([...part].map((name) => [name, []]));
      for await (const line of rows(request)) kept.get(line.slice(0, line.indexOf(',')))?.push(line);
      for (const lines of kept.values()) {
        const ordered = inTime(lines, request);
        written += ordered.length;
        for (let from = 0; from < ordered.length; from += 1_000)
          yield `${ordered.slice(from, from + 1_000).join('\n')}\n`;
      }
    }
  }
  await pipeline(sorted, createGzip(), createWriteStream(request.target));
  const file = await open(request.target, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return written;
}

async function* rows({ sources, header }: SortRequest): AsyncGenerator<string> {
  const first = header.slice(0, header.indexOf(',') + 1);
  for (const source of sources) {
    for await (const { lines } of textLines(source)) {
      for (const line of lines) if (line !== '' && !line.startsWith(first)) yield line;
    }
  }
}

/** Tickers in order, so many together as fit. */
function parts(sizes: ReadonlyMap<string, number>, memory: number): readonly string[][] {
  const found: string[][] = [];
  let room = 0;
  for (const name of [...sizes.keys()].sort()) {
    const size = sizes.get(name) ?? 0;
    const last = found.at(-1);
    if (last && size <= room) {
      last.push(name);
      room -= size;
    } else {
      found.push([name]);
      room = memory - size;
    }
  }
  return found;
}

function inTime(lines: readonly string[], { time, lastWins }: SortRequest): readonly string[] {
  const keyed = lines.map((line) => ({ line, at: line.split(',')[time] ?? '' }));
  const ordered = keyed.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return ordered.filter(({ at }, index) => !lastWins || ordered[index + 1]?.at !== at).map(({ line }) => line);
}
