import { mkdirSync, rmSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of this name in the data folder stops trading, whatever is in it: it works without the database and without this program. */
export const STOP_FILES = { halt: 'HALT', flatten: 'FLATTEN' } as const;

export type StopFileState = keyof typeof STOP_FILES;

/** The graver stop file that is there, `null` for none. A folder that can't be looked into halts: nobody knows what is in it. */
export function stopFileState(dataDir: string): StopFileState | null {
  try {
    for (const state of ['flatten', 'halt'] as const) {
      if (lstatSync(join(dataDir, STOP_FILES[state]), { throwIfNoEntry: false }) !== undefined) return state;
    }
    return null;
  } catch {
    return 'halt';
  }
}

/** Stops trading by a file; returns its path. Beside the switch in the database, for when that can't be reached. */
export function writeStopFile(dataDir: string, state: StopFileState, text: string): string {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, STOP_FILES[state]);
  writeFileSync(path, `${text}\n`, { flush: true });
  return path;
}

export function removeStopFiles(dataDir: string): void {
  for (const name of Object.values(STOP_FILES)) rmSync(join(dataDir, name), { force: true });
}
