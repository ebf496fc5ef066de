import { TradingError } from '@trading-agent/core';
import type { z } from 'zod';
import { allowedAt, knownKeys } from './allowed.ts';
import { ENVIRONMENT } from './environment.ts';
import { formatKey, type KeyPath } from './key-path.ts';

/** One thing that is wrong with the configuration. */
export interface Violation {
  readonly path: KeyPath;
  /** The value found as it may be shown, or undefined when there is none to show. */
  readonly found: string | undefined;
  readonly allowed: string;
}

const MASK = '[secret]';

const SECRET_KEYS: readonly string[] = ENVIRONMENT.filter(({ kind }) => kind === 'secret').map(({ path }) =>
  formatKey(path),
);

/** True for a secret and for a folder that holds one. */
function holdsSecret(path: KeyPath): boolean {
  const key = formatKey(path);
  return SECRET_KEYS.some((secret) => secret === key || secret.startsWith(`${key}.`));
}

/** The value as it may be shown: secrets masked, URLs that carry more than an address masked, long text cut. */
function showValue(path: KeyPath, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (holdsSecret(path) || (typeof value === 'string' && /:\/\/.*[@?#]/.test(value))) return MASK;
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  return known.find((candidate) => plain(candidate) === plain(name));
}

function unknownKey(path: KeyPath, key: string): Violation {
  const known = knownKeys(path);
  const like = nearest(key, known);
  // The value of an unknown key is not shown: it may be a misspelt credential.
  return {
    path: [...path, key],
    found: undefined,
    allowed: `no such key${like === undefined ? '' : `, did you mean ${like}?`} (known: ${known.join(', ')})`,
  };
}

/** What zod found, in the project's words. */
export function violationsOf(issues: readonly z.core.$ZodIssue[], valueOf: (path: KeyPath) => unknown): Violation[] {
  const faulty = new Set<string>();
  return issues.flatMap((issue): Violation[] => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
    const key = formatKey(path);
    // A value that is wrong by itself need not be told that it also disagrees with others.
    if (issue.code === 'custom' && faulty.has(key)) return [];
    faulty.add(key);
    const found = showValue(path, valueOf(path) ?? (issue.code === 'custom' ? issue.params?.['found'] : undefined));
    if (issue.code === 'invalid_key') return [{ path, found, allowed: issue.issues[0]?.message ?? issue.message }];
    const inWords = issue.code === 'custom' ? undefined : allowedAt(path);
    return [{ path, found, allowed: inWords ?? issue.message }];
  });
}

/** All violations as one error; `where` names the file and line or the variable each comes from. */
export function configInvalid(
  violations: readonly Violation[],
  where: (path: KeyPath) => string | undefined,
): TradingError {
  const lines = violations.map(({ path, found, allowed }) => {
    const source = where(path);
    const value = found === undefined ? '' : ` was ${found},`;
    return `${formatKey(path)}:${value} allowed: ${allowed}${source === undefined ? '' : ` (${source})`}`;
  });
  const count = lines.length === 1 ? '1 value' : `${lines.length} values`;
  return new TradingError(
    'CONFIG_INVALID',
    `The configuration has ${count} that cannot be used:\n- ${lines.join('\n- ')}`,
    {
      hint: '`agent config show` lists every key with its value and where it comes from.',
      details: { violations: lines },
    },
  );
}
