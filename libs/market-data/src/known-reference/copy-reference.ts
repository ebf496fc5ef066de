import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../lake/durable-file.ts';
import { CORPORATE_ACTIONS, YIELD_FILE } from './known-reference.ts';

/** Takes a folder's corporate actions and yield curves along to another: rows without them would be read as if nothing had been paid or split. */
export function copyReferenceFiles(fromDir: string, toDir: string): void {
  for (const [folder, wanted] of [
    ['reference', YIELD_FILE],
    [join('reference', CORPORATE_ACTIONS), /^(dividends|splits).*\.csv(\.gz)?$/],
  ] as const) {
    const from = join(fromDir, folder);
    if (!existsSync(from)) continue;
    for (const name of readdirSync(from).filter((file) => wanted.test(file))) {
      const content = readFileSync(join(from, name));
      const target = join(toDir, folder, name);
      if (!existsSync(target) || !readFileSync(target).equals(content)) writeDurably(target, content);
    }
  }
}
