import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { MAX_LINE, textLines } from './text-lines.ts';

const dir = mkdtempSync(join(tmpdir(), 'text-lines-'));
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function read(name: string, bytes: Buffer): Promise<[number, string][]> {
  const file = join(dir, name);
  writeFileSync(file, bytes);
  const found: [number, string][] = [];
  for await (const { first, lines } of textLines(file)) {
    for (const [offset, line] of lines.entries()) found.push([first + offset, line]);
  }
  return found;
}

describe('textLines', () => {
  it('numbers lines from 1 and takes LF, CRLF, a byte order mark and a missing last line end', async () => {
    expect(await read('a.csv', Buffer.from('\uFEFFone\r\ntwo\n\nfour'))).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, ''],
      [4, 'four'],
    ]);
    expect(await read('b.csv', Buffer.from('one\n'))).toEqual([[1, 'one']]);
    expect(await read('c.csv', Buffer.alloc(0))).toEqual([]);
  });

  it('gives back any lines across chunk borders, gzipped or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll(/[\r\n\uFEFF]/g, '.')),
          {
            minLength: 1,
          },
        ),
        fc.integer({ min: 1, max: 4_000 }),
        async (some, repeat) => {
          const lines = Array.from({ length: repeat }, () => some).flat();
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const expected = lines.map((line, index) => [index + 1, line]);
          expect(await read('p.csv', bytes)).toEqual(expected);
          expect(await read('p.csv.gz', gzipSync(bytes))).toEqual(expected);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('reads members of a gzip file that were concatenated', async () => {
    const bytes = Buffer.concat([gzipSync('one\ntw'), gzipSync('o\n')]);
    expect(await read('m.csv.gz', bytes)).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
  });

  it('cuts lines without end instead of filling the memory with them', async () => {
    const found = await read('long.csv.gz', gzipSync(`head\n${'x'.repeat(3_000_000)}\ntail\n`));
    expect(found.map(([line, text]) => [line, text.length])).toEqual([
      [1, 4],
      [2, MAX_LINE],
      [3, 4],
    ]);
  });
});
