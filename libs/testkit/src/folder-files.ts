import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Paths of all files below `folder`, relative to it, in order. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** All files below `folder`, or those whose path is wanted, each with its bytes in base64: two folders are the same when these are. */
export function contentsOf(
  folder: string,
  isWanted: (path: string) => boolean = () => true,
): Readonly<Record<string, string>> {
  const paths = filesBelow(folder).filter(isWanted);
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path)).toString('base64')]));
}
