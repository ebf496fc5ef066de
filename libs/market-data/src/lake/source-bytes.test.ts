import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamBytes } from './source-bytes.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'source-bytes-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Larger than a few chunks, and of several chunks when it is compressed. */
const TEXT = Buffer.from(
  Array.from({ length: 60_000 }, (_, row) => createHash('sha256').update(`${row}`).digest('base64')).join('\n'),
);

async function streamed(name: string, content: Buffer): Promise<{ bytes: Buffer; facts: unknown }> {
  const file = join(folder, name);
  writeFileSync(file, content);
  const parts: Buffer[] = [];
  const facts = await streamBytes(file, (bytes) => parts.push(Buffer.from(bytes)));
  return { bytes: Buffer.concat(parts), facts };
}

const factsOf = (content: Buffer) => ({
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});

describe('streamBytes', () => {
  it('gives what was compressed, and the facts of the file as it stands on disk', async () => {
    const members = Buffer.concat([gzipSync(TEXT.subarray(0, 700_000)), gzipSync(TEXT.subarray(700_000))]);
    for (const [name, content] of [
      ['plain.csv', TEXT],
      ['one.csv.gz', gzipSync(TEXT)],
      ['members.csv.gz', members],
      ['padded.csv.gz', Buffer.concat([gzipSync(TEXT), Buffer.alloc(700_000)])],
      ['stored.csv.gz', gzipSync(TEXT, { level: 0 })],
    ] as const) {
      const { bytes, facts } = await streamed(name, content);
      expect(bytes.equals(TEXT), name).toBe(true);
      expect(facts).toEqual(factsOf(content));
    }
    expect((await streamed('empty.csv', Buffer.alloc(0))).bytes).toHaveLength(0);
  });

  it('fails for what is cut short, damaged or followed by something else', async () => {
    const whole = gzipSync(TEXT);
    const damaged = Buffer.from(whole);
    damaged[whole.length >> 1] = (damaged[whole.length >> 1] ?? 0) ^ 0xff;
    await expect(streamed('cut.csv.gz', whole.subarray(0, -5))).rejects.toThrow('unexpected end of file');
    await expect(streamed('first.csv.gz', whole.subarray(0, 5))).rejects.toThrow('unexpected end of file');
    await expect(streamed('damaged.csv.gz', damaged)).rejects.toThrow(/invalid|incorrect/);
    await expect(streamed('more.csv.gz', Buffer.concat([whole, TEXT]))).rejects.toThrow('incorrect header check');
    await expect(streamed('none.csv.gz', TEXT)).rejects.toThrow('incorrect header check');
  });

  it('ends with what the taker throws, and tells it nothing more', async () => {
    for (const [name, content] of [
      ['thrown.csv', TEXT],
      ['thrown.csv.gz', gzipSync(TEXT)],
    ] as const) {
      const file = join(folder, name);
      writeFileSync(file, content);
      let calls = 0;
      const take = () => {
        calls += 1;
        if (calls === 2) throw new RangeError('enough');
      };
      await expect(streamBytes(file, take)).rejects.toThrow('enough');
      expect(calls).toBe(2);
    }
  });
});
