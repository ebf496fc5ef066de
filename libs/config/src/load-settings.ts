import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { disagreements, withAlpacaUrls } from './agreement.ts';
import { ENVIRONMENT, type Environment, readVariable } from './environment.ts';
import { isPlainObject, type KeyPath, valueAt, withValueAt } from './key-path.ts';
import { rememberSources, type Source } from './describe-settings.ts';
import { withBuiltIns } from './strategies-schema.ts';
import { type ParsedSettings, type Settings, settingsSchema } from './settings.ts';
import { configInvalid, type Violation, violationsOf } from './violations.ts';
import { readYamlFile, type YamlFile } from './yaml-file.ts';

export interface LoadOptions {
  readonly env: Environment;
  /** Folder of the YAML files; it must exist when given. Without it: `config` under `cwd`, if there is one. Own strategies: `cwd`/strategies. */
  readonly configDir?: string;
  /** Relative paths in the settings are taken from here. */
  readonly cwd: string;
  /** What a command's options set, by key (`account.balance`); wins over environment and files. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

const MAIN_FILE = 'config.yaml';
/** Folder of the user's own strategies: `NAME.yaml`, with an optional function in `NAME.ts`. */
const OWN_FOLDER = 'strategies';
const SECTION_FILES: readonly (readonly [string, string])[] = [
  ['tiers', 'account-tiers.yaml'],
  ['symbols', 'symbols.yaml'],
  ['strategies', 'strategies.yaml'],
  ['risk', 'risk.yaml'],
];

interface Origin {
  readonly yaml: YamlFile;
  /** The key below which the file's content stands. */
  readonly prefix: KeyPath;
}

/**
 * The settings from, in rising order of precedence, built-in defaults, YAML files, environment and overrides; validated, deeply frozen.
 * @throws {TradingError} `CONFIG_FILE_BROKEN` when a file is not YAML, `CONFIG_INVALID` with every violation otherwise.
 */
export function loadSettings(options: LoadOptions): Settings {
  const violations: Violation[] = [];
  const origins = [...readFiles(options, violations), ...readOwnStrategies(options, violations)];
  let input: unknown = {};
  for (const { yaml, prefix } of origins) input = withContent(input, yaml.value, prefix, violations);
  const fromFiles = input;

  const given = new Map<string, Source>();
  for (const variable of ENVIRONMENT) {
    if (variable.kind === 'secret' && valueAt(fromFiles, variable.path) !== undefined) {
      violations.push({
        path: variable.path,
        found: '[secret]',
        allowed: `only the environment variable ${variable.name}`,
      });
    }
    const value = readVariable(options.env, variable);
    if (value === undefined) continue;
    input = withValueAt(input, variable.path, value);
    given.set(variable.path.join('.'), { kind: 'env', where: variable.name });
  }
  for (const [key, value] of Object.entries(options.overrides ?? {})) {
    if (value === undefined) continue;
    input = withValueAt(input, key.split('.'), value);
    given.set(key, { kind: 'option', where: 'command line' });
  }

  const sourceOf = (path: KeyPath): Source => {
    for (let length = path.length; length > 0; length -= 1) {
      const source = given.get(path.slice(0, length).join('.'));
      if (source !== undefined) return source;
    }
    return fileSource(origins, path) ?? { kind: 'default' };
  };

  const whole = withValueAt(input, ['strategies'], withBuiltIns(valueAt(input, ['strategies'])));
  const parsed = settingsSchema.safeParse(whole);
  if (!parsed.success) violations.push(...violationsOf(parsed.error.issues, (path) => valueAt(whole, path)));
  const settings = parsed.success ? completed(parsed.data, options.cwd) : undefined;
  if (settings) violations.push(...disagreements(settings));
  if (!settings || violations.length > 0) throw configInvalid(violations, (path) => sourceOf(path).where);
  deepFreeze(settings);
  rememberSources(settings, sourceOf);
  return settings;
}

/** Fills in what follows from other settings and from the working folder. */
function completed(parsed: ParsedSettings, cwd: string): Settings {
  const store = { ...parsed.store, dataDir: resolve(cwd, parsed.store.dataDir) };
  return { ...parsed, alpaca: withAlpacaUrls(parsed), store };
}

function readFiles({ configDir, cwd }: LoadOptions, violations: Violation[]): Origin[] {
  const folder = resolve(cwd, configDir ?? 'config');
  const inside = relative(cwd, folder);
  const shown = (name: string): string => join(inside.startsWith('..') ? folder : inside, name);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    if (configDir !== undefined) {
      violations.push({ path: ['configDir'], found: JSON.stringify(configDir), allowed: 'a folder that exists' });
    }
    return [];
  }
  const known = [MAIN_FILE, ...SECTION_FILES.map(([, name]) => name)];
  for (const name of readdirSync(folder).toSorted()) {
    if (/\.ya?ml$/.test(name) && !known.includes(name)) {
      violations.push({ path: [shown(name)], found: undefined, allowed: `a file named ${known.join(', ')}` });
    }
  }
  const read = (name: string, prefix: KeyPath): Origin[] => {
    const yaml = readYamlFile(join(folder, name), shown(name));
    return yaml === undefined ? [] : [{ yaml, prefix }];
  };
  return [...read(MAIN_FILE, []), ...SECTION_FILES.flatMap(([section, name]) => read(name, [section]))];
}

/** The user's own strategies: the name of a file is the strategy's name. */
function readOwnStrategies({ cwd }: LoadOptions, violations: Violation[]): Origin[] {
  const folder = resolve(cwd, OWN_FOLDER);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .toSorted()
    .flatMap((name): Origin[] => {
      if (!name.endsWith('.yaml')) return [];
      const shown = join(OWN_FOLDER, name);
      const yaml = readYamlFile(join(folder, name), shown);
      if (yaml === undefined) return [];
      if (!isPlainObject(yaml.value)) {
        violations.push({ path: [shown], found: undefined, allowed: 'keys with values' });
        return [];
      }
      return [{ yaml, prefix: ['ownStrategies', name.slice(0, -'.yaml'.length)] }];
    });
}

/** Adds a file's content to the input; an empty file and an empty section stand for nothing. */
function withContent(input: unknown, value: unknown, prefix: KeyPath, violations: Violation[]): unknown {
  if (value === null || value === undefined) return input;
  if (prefix.length > 0) return withValueAt(input, prefix, value);
  if (!isPlainObject(value)) {
    violations.push({ path: [MAIN_FILE], found: undefined, allowed: 'keys with values' });
    return input;
  }
  let merged = input;
  for (const [key, content] of Object.entries(value)) {
    const own = SECTION_FILES.find(([section]) => section === key);
    if (own) violations.push({ path: [key], found: undefined, allowed: `only in ${own[1]}` });
    else if (content !== null) merged = withValueAt(merged, [key], content);
  }
  return merged;
}

function fileSource(origins: readonly Origin[], path: KeyPath): Source | undefined {
  for (const { yaml, prefix } of origins) {
    if (!prefix.every((part, index) => part === path[index])) continue;
    const inside = path.slice(prefix.length);
    if (inside.length === 0 || valueAt(yaml.value, inside) === undefined) continue;
    return { kind: 'file', where: `${yaml.file}:${yaml.line(inside)}` };
  }
  return undefined;
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
}
