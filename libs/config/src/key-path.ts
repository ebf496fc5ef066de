/** A key of the configuration: `['tiers', 'table', 0, 'name']`. */
export type KeyPath = readonly (string | number)[];

/** `tiers.table[0].name`. */
export function formatKey(path: KeyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at `path`, or undefined when nothing stands there. */
export function valueAt(root: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return typeof part === 'number' ? value[part] : undefined;
    return isPlainObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }, root);
}

/**
 * A copy of `root` with `value` at `path`; folders on the way are made. What stands in the way and is no folder is kept: the
 * schema will refuse it.
 */
export function withValueAt(root: unknown, path: KeyPath, value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (root !== undefined && !isPlainObject(root)) return root;
  return { ...root, [head]: withValueAt(root?.[head], rest, value) };
}
