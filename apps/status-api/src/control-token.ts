import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TradingError } from '@trading-agent/core';

const NAME = 'control-token';
const BYTES = 32;

/**
 * The secret that whoever wants to halt, flatten or resume over HTTP must know: made once, kept in the data folder with mode 0600. Who can read that
 * folder can stop trading by a file there anyway.
 * @throws {TradingError} `CONFIG_INVALID` when the file can't be read or made, or holds no token.
 */
export async function controlToken(dataDir: string): Promise<string> {
  const path = join(dataDir, NAME);
  try {
    await mkdir(dataDir, { recursive: true });
    await makeOnce(path);
    const token = (await readFile(path, 'utf8')).trim();
    if (/^[!-~]{16,512}$/.test(token)) return token;
  } catch (error) {
    throw broken(path, error instanceof Error ? error.message : String(error));
  }
  throw broken(path, 'it holds no token of 16 to 512 printable characters');
}

/** The whole file or none: of two processes that start together, one makes it and both read it. */
async function makeOnce(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${randomBytes(BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

function broken(path: string, why: string): TradingError {
  return new TradingError('CONFIG_INVALID', `The control token ${path} can't be used: ${why}`, {
    hint: 'Delete the file: a new token is made at the next start.',
  });
}
