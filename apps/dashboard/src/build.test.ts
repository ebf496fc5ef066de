import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from './build.ts';

describe('buildPage', () => {
  let folder: string;
  let dir: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
    dir = join(folder, 'dist');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('builds a page that asks for nothing from elsewhere and is not built again', async () => {
    await buildPage(dir);
    const index = await readFile(join(dir, 'index.html'), 'utf8');
    expect(index).toMatch(/<script type="module" crossorigin src="\/assets\/[^"]+\.js">/);
    expect(index).not.toMatch(/<style|style="|<script(?![^>]*src=)|data:/);
    for (const file of [
      join(dir, 'index.html'),
      ...(await readdir(join(dir, 'assets'))).map((name) => join(dir, 'assets', name)),
    ]) {
      // The only addresses are names of XML languages.
      const addresses = (await readFile(file, 'utf8')).match(/https?:\/\/[\w.-]+/g) ?? [];
      expect(addresses.filter((address) => !address.endsWith('www.w3.org'))).toEqual([]);
    }
    const before = (await stat(join(dir, 'index.html'))).ino;
    await buildPage(dir);
    expect((await stat(join(dir, 'index.html'))).ino).toBe(before);
  });

  it('builds again when what is there belongs to other sources, also when asked twice at once', async () => {
    await buildPage(dir);
    await writeFile(join(dir, '.source-hash'), 'of something else');
    await rm(join(dir, 'index.html'));
    await Promise.all([buildPage(dir), buildPage(dir)]);
    expect(await readFile(join(dir, 'index.html'), 'utf8')).toContain('Trading agent');
    expect(await readdir(join(folder, '.vite'))).toEqual([]);
  });
});
