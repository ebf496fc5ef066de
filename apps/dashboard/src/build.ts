import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { TradingError } from '@trading-agent/core';
import { APP_DIR } from './page-config.ts';

const DIST = join(APP_DIR, 'dist');
/** Hidden, so that it is not served. */
const HASH_FILE = '.source-hash';
const BUILD_LIMIT_MS = 120_000;
const TOOLS = ['vite', 'preact', 'uplot'];

export interface BuiltDashboard {
  /** Folder with `index.html` and its assets, to be served as they are. */
  readonly dir: string;
}

/**
 * Builds the page, or finds it built: the sources and the versions of the tools decide. Takes a second or two when it has to build.
 * Two processes may call it at once; a page that is being served stays whole until the new one takes its place.
 * @throws {TradingError} `INTERNAL` when the build fails, with what the compiler said.
 */
export function buildDashboard(): Promise<BuiltDashboard> {
  return buildPage(DIST);
}

/** `buildDashboard` into another folder; next to it, `.vite` is used while building. */
export async function buildPage(dir: string): Promise<BuiltDashboard> {
  const hash = await sourceHash();
  if (await isBuilt(dir, hash)) return { dir };
  const fresh = join(dirname(dir), '.vite', `page-${process.pid}-${randomUUID()}`);
  try {
    await promisify(execFile)(process.execPath, [join(APP_DIR, 'src', 'build-page.ts'), fresh], {
      cwd: APP_DIR,
      env: { ...process.env, NODE_ENV: 'production' },
      timeout: BUILD_LIMIT_MS,
    });
    await writeFile(join(fresh, HASH_FILE), hash);
    await replace(dir, fresh, hash);
  } catch (cause) {
    throw new TradingError('INTERNAL', `The dashboard could not be built: ${tail(cause)}`, {
      hint: 'Is the folder apps/dashboard writable and was `npm ci` run? The agent works without the page.',
      cause,
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return { dir };
}

async function isBuilt(dir: string, hash: string): Promise<boolean> {
  const found = await readFile(join(dir, HASH_FILE), 'utf8').catch(() => '');
  return found === hash;
}

/** Puts `fresh` in the place of the old page. When another process was quicker with the same page, that one stays. */
async function replace(dir: string, fresh: string, hash: string): Promise<void> {
  const old = `${fresh}-old`;
  await rename(dir, old).catch(() => {});
  try {
    await rename(fresh, dir);
  } catch (error) {
    if (!(await isBuilt(dir, hash))) throw error;
  } finally {
    await rm(old, { recursive: true, force: true });
  }
}

/** Everything the built page depends on. */
async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  const require = createRequire(import.meta.url);
  for (const tool of TOOLS) {
    const manifest: unknown = JSON.parse(await readFile(manifestOf(require, tool), 'utf8'));
    hash.update(`${tool}@${versionOf(manifest)}\n`);
  }
  const files = ['index.html', join('src', 'page-config.ts')];
  for (const folder of ['src/page', 'public']) {
    const entries = await readdir(join(APP_DIR, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (entry.isFile() && !entry.name.endsWith('.test.ts'))
        files.push(relative(APP_DIR, join(entry.parentPath, entry.name)));
    }
  }
  for (const file of files.sort()) {
    hash.update(`${file.split(sep).join('/')}\n`);
    hash.update(await readFile(join(APP_DIR, file)));
  }
  return hash.digest('hex');
}

/** Packages don't always let their package.json be resolved, so it is looked for where Node would look. */
function manifestOf(require: NodeJS.Require, name: string): string {
  const found = (require.resolve.paths(name) ?? [])
    .map((folder) => join(folder, name, 'package.json'))
    .find((file) => existsSync(file));
  if (found === undefined) {
    throw new TradingError('INTERNAL', `Expected the package ${name} to be installed`, { hint: 'Run `npm ci`.' });
  }
  return found;
}

function versionOf(manifest: unknown): string {
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}

function tail(error: unknown): string {
  const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : '';
  return (said === '' ? String(error) : said).slice(-2_000);
}
