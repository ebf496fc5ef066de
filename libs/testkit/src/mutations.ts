import fc from 'fast-check';

/** What a vendor may do to a message: drop a field, null it, add one, change its kind, at any depth. */
export function mutated(original: unknown): fc.Arbitrary<unknown> {
  const paths = pathsOf(original, []);
  const change = fc.record({
    path: fc.constantFrom(...paths),
    how: fc.oneof(
      fc.constant({ kind: 'remove' as const }),
      fc.jsonValue({ maxDepth: 1 }).map((value) => ({ kind: 'set' as const, value })),
      fc.jsonValue({ maxDepth: 1 }).map((value) => ({ kind: 'add' as const, value })),
    ),
  });
  return fc.array(change, { maxLength: 4 }).map((changes) => {
    let result = original;
    for (const { path, how } of changes) result = applied(result, path, how);
    return result;
  });
}

type Change = { kind: 'remove' } | { kind: 'set' | 'add'; value: unknown };

function pathsOf(value: unknown, path: readonly string[]): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

function applied(value: unknown, path: readonly string[], change: Change): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (change.kind === 'set') return change.value;
    if (change.kind === 'add' && typeof value === 'object' && value !== null && !Array.isArray(value))
      return { ...value, unheard_of: change.value };
    return change.kind === 'remove' ? null : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, member]) => {
    if (name !== key) return [[name, member]];
    if (rest.length === 0 && change.kind === 'remove') return [];
    return [[name, applied(member, rest, change)]];
  });
  return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
}

/** The name of what `call` throws, or `none`. */
export function thrown(call: () => unknown): string {
  try {
    call();
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
