import { createReadStream } from 'node:fs';
import { type Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TradingError } from '@trading-agent/core';
import { refusePointer } from './pointer-file.ts';

/** Longer lines than this are no rows of ours; they are cut off, so that a file without line ends can't fill the memory. */
export const MAX_LINE = 64 * 1024;
const CHUNK = 256 * 1024;

/** A run of whole lines of one file. */
export interface LineBatch {
  /** 1-based number of the first line. */
  readonly first: number;
  readonly lines: readonly string[];
}

/**
 * The lines of a text file, gunzipped when its name ends in `.gz`, in batches as they are read; memory is bounded by the chunk size.
 * Line ends are LF or CRLF; a byte order mark is dropped; lines longer than `MAX_LINE` are cut to that length.
 * @throws {TradingError} `DATA_FILE_BROKEN` with `file` and `line` when the file can't be read or its compression is damaged or cut short.
 */
export async function* textLines(file: string): AsyncGenerator<LineBatch> {
  refusePointer(file);
  let line = 1;
  let rest = '';
  let cut = false;
  try {
    for await (const chunk of textChunks(file)) {
      const lines: string[] = [];
      let from = 0;
      for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
        const tail = chunk.slice(from, end);
        lines.push(withoutReturn(cut ? rest : rest + tail));
        rest = '';
        cut = false;
        from = end + 1;
      }
      if (!cut) rest += chunk.slice(from);
      if (rest.length > MAX_LINE) {
        rest = rest.slice(0, MAX_LINE);
        cut = true;
      }
      if (lines.length > 0) yield { first: line, lines };
      line += lines.length;
    }
  } catch (cause) {
    if (cause instanceof TradingError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TradingError('DATA_FILE_BROKEN', `${file}: can't be read beyond line ${line}: ${why}`, {
      hint: 'The file is damaged or incomplete: delete it and fetch it again.',
      details: { file, line },
      cause,
    });
  }
  if (rest.length > 0) yield { first: line, lines: [withoutReturn(rest)] };
}

async function* textChunks(file: string): AsyncGenerator<string> {
  const source = createReadStream(file, { highWaterMark: CHUNK });
  const bytes: Readable = file.endsWith('.gz')
    ? // pipeline hands a read error on to the gunzip stream, which the loop below then throws.
      pipeline(source, createGunzip({ chunkSize: CHUNK }), () => undefined)
    : source;
  bytes.setEncoding('utf8');
  let first = true;
  for await (const chunk of bytes) {
    const text = String(chunk);
    yield first && text.startsWith('\uFEFF') ? text.slice(1) : text;
    first = false;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
