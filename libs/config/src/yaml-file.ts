import { readFileSync } from 'node:fs';
import { TradingError } from '@trading-agent/core';
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { KeyPath } from './key-path.ts';

/** A parsed YAML file that still knows on which line each key stands. */
export interface YamlFile {
  /** As it is shown to the user. */
  readonly file: string;
  readonly value: unknown;
  /** The line of the key, or of its nearest parent that exists. */
  line(path: KeyPath): number;
}

function broken(file: string, line: number | undefined, reason: string, cause?: unknown): TradingError {
  const where = line === undefined ? file : `${file}:${line}`;
  return new TradingError('CONFIG_FILE_BROKEN', `${where}: ${reason}`, {
    hint: 'Mend the YAML there, or move the file away to use the defaults.',
    details: { file, line: line ?? null },
    cause,
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Where the key stands, or its nearest parent that exists. */
function offsetOf(document: Document, path: KeyPath): number {
  let offset = 0;
  let node: unknown = document.contents;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (!pair) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/** Where the first alias stands that names no anchor; otherwise (too many aliases) the start of the file. */
function unresolvedAlias(document: Document): number {
  let offset = 0;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/**
 * The file's content, or undefined when there is none.
 * @throws {TradingError} `CONFIG_FILE_BROKEN` with file and line when it can't be read or is not YAML.
 */
export function readYamlFile(path: string, file: string): YamlFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined;
    throw broken(file, undefined, 'the file cannot be read', cause);
  }
  const lines = new LineCounter();
  // Without pretty errors the message quotes no line of the file, which might hold a credential.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) throw broken(file, lines.linePos(problem.pos[0]).line, problem.message);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 50 });
  } catch (cause) {
    throw broken(file, lines.linePos(unresolvedAlias(document)).line, 'an alias cannot be resolved', cause);
  }
  return { file, value, line: (path) => lines.linePos(offsetOf(document, path)).line || 1 };
}
