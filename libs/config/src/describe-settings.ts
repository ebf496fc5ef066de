import { allowedAt, descriptionOf, knownKeys } from './allowed.ts';
import { formatKey, isPlainObject, type KeyPath } from './key-path.ts';
import { Secret } from './secret.ts';
import type { Settings } from './settings.ts';

/** Where a value comes from: `where` is the file with its line, the variable's name, or the command line. */
export interface Source {
  readonly kind: 'default' | 'file' | 'env' | 'option';
  readonly where?: string;
}

/** One key as `agent config show` prints it. */
export interface SettingLine {
  readonly key: string;
  /** As text; secrets masked, `(not set)` when optional and absent. */
  readonly value: string;
  readonly source: Source;
  readonly description: string;
  /** What the key takes, in words. */
  readonly allowed: string;
}

type SourceOf = (path: KeyPath) => Source;

const sources = new WeakMap<Settings, SourceOf>();

export function rememberSources(settings: Settings, sourceOf: SourceOf): void {
  sources.set(settings, sourceOf);
}

/** Every key with its value (secrets masked) and the source of the value. `settings` must come from `loadSettings`. */
export function describeSettings(settings: Settings): SettingLine[] {
  const sourceOf: SourceOf = sources.get(settings) ?? (() => ({ kind: 'option', where: 'program' }));
  const lines: SettingLine[] = [];
  const visit = (path: KeyPath, value: unknown): void => {
    if (isPlainObject(value) && !(value instanceof Secret)) {
      for (const key of new Set([...knownKeys(path), ...Object.keys(value)])) visit([...path, key], value[key]);
    } else if (Array.isArray(value) && value.some(isPlainObject)) {
      for (const [index, item] of value.entries()) visit([...path, index], item);
    } else {
      const source = sourceOf(path);
      const description = descriptionOf(path);
      lines.push({ key: formatKey(path), value: show(value), source, description, allowed: allowedAt(path) ?? '' });
    }
  };
  visit([], settings);
  return lines;
}

function show(value: unknown): string {
  if (value === undefined) return '(not set)';
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(String).join(', ');
  return typeof value === 'string' ? value : value instanceof Secret ? value.toString() : JSON.stringify(value);
}
