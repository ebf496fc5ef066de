import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPageFiles } from './page-files.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'page-files-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('loadPageFiles', () => {
  it('serves the index as / and lets hashed assets be kept for ever', async () => {
    await mkdir(join(dir, 'assets'));
    await writeFile(join(dir, 'index.html'), '<p>');
    await writeFile(join(dir, 'assets', 'page-a1.js'), '1');
    const files = await loadPageFiles(dir);
    expect([...files.keys()].sort()).toEqual(['/', '/assets/page-a1.js', '/index.html']);
    expect(files.get('/')?.cacheControl).toBe('no-cache');
    expect(files.get('/assets/page-a1.js')).toMatchObject({
      type: 'text/javascript; charset=utf-8',
      cacheControl: 'public, max-age=31536000, immutable',
    });
  });

  it('gives another ETag to other bytes', async () => {
    await writeFile(join(dir, 'index.html'), 'one');
    const before = (await loadPageFiles(dir)).get('/')?.etag;
    await writeFile(join(dir, 'index.html'), 'two');
    expect((await loadPageFiles(dir)).get('/')?.etag).not.toBe(before);
  });

  it('leaves out hidden files and unknown kinds', async () => {
    await writeFile(join(dir, '.source-hash'), 'x');
    await writeFile(join(dir, '.secret.json'), 'x');
    await writeFile(join(dir, 'notes.md'), 'x');
    expect((await loadPageFiles(dir)).size).toBe(0);
  });

  it('is empty for a folder that is not there', async () => {
    expect((await loadPageFiles(join(dir, 'nowhere'))).size).toBe(0);
  });
});
