import { z } from 'zod';
import { isPlainObject, type KeyPath } from './key-path.ts';
import { settingsSchema } from './settings.ts';

/** The schema as plain data, for saying what a key takes. */
const SCHEMA: unknown = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' });

type Node = Readonly<Record<string, unknown>>;

function nodeAt(path: KeyPath): Node | undefined {
  let node: Node | undefined = isPlainObject(SCHEMA) ? SCHEMA : undefined;
  for (const part of path) {
    const properties: unknown = node?.['properties'];
    const named = isPlainObject(properties) ? properties[String(part)] : undefined;
    const next: unknown = named ?? (typeof part === 'number' ? node?.['items'] : node?.['additionalProperties']);
    node = isPlainObject(next) ? next : undefined;
  }
  return node;
}

/** What the key is for; empty where the schema says nothing. */
export function descriptionOf(path: KeyPath): string {
  const text = nodeAt(path)?.['description'];
  return typeof text === 'string' ? text : '';
}

/** The names a folder of keys knows, or an empty list when it takes any. */
export function knownKeys(path: KeyPath): readonly string[] {
  const properties = nodeAt(path)?.['properties'];
  return isPlainObject(properties) ? Object.keys(properties) : [];
}

const isNumber = (value: unknown): value is number => typeof value === 'number';

function range(node: Node): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node;
  const low = isNumber(minimum) ? `from ${minimum}` : isNumber(exclusiveMinimum) ? `above ${exclusiveMinimum}` : '';
  const high = isNumber(maximum) ? `to ${maximum}` : isNumber(exclusiveMaximum) ? `below ${exclusiveMaximum}` : '';
  return [low, high].filter((text) => text !== '').join(' ');
}

function listSize({ minItems, maxItems }: Node): string {
  if (isNumber(minItems) && isNumber(maxItems)) return ` of ${minItems} to ${maxItems} items`;
  return isNumber(maxItems) ? ` of at most ${maxItems} items` : '';
}

/** What the key takes, in words, or undefined where the schema alone does not tell. */
export function allowedAt(path: KeyPath): string | undefined {
  const node = nodeAt(path);
  if (node === undefined) return undefined;
  if (typeof node['allowed'] === 'string') return node['allowed'];
  if (Array.isArray(node['enum'])) return node['enum'].join(' | ');
  switch (node['type']) {
    case 'integer':
      return `a whole number ${range(node)}`.trim();
    case 'number':
      return `a number ${range(node)}`.trim();
    case 'boolean':
      return 'true | false';
    case 'string':
      return 'text';
    case 'array':
      return `a list${listSize(node)}`;
    case 'object': {
      const keys = knownKeys(path);
      return keys.length === 0 ? 'keys with values' : `keys ${keys.join(', ')}`;
    }
    default:
      return undefined;
  }
}
