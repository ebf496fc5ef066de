/** Checks that a JSON value has the shape this page expects; throws a sentence that names the member otherwise. */
export type Decoder<T> = (value: unknown, path: string) => T;

export type Decoded<D> = D extends Decoder<infer T> ? T : never;

/** The API answered something this page does not understand. */
export class ShapeError extends Error {}

function fail(path: string, expected: string, value: unknown): never {
  throw new ShapeError(`Expected ${path} to be ${expected}, was ${JSON.stringify(value)?.slice(0, 40)}`);
}

export const text: Decoder<string> = (value, path) => (typeof value === 'string' ? value : fail(path, 'text', value));

export const number: Decoder<number> = (value, path) =>
  typeof value === 'number' ? value : fail(path, 'a number', value);

export const flag: Decoder<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : fail(path, 'true or false', value);

export function nullable<T>(inner: Decoder<T>): Decoder<T | null> {
  return (value, path) => (value === null ? null : inner(value, path));
}

export function list<T>(inner: Decoder<T>): Decoder<readonly T[]> {
  return (value, path) =>
    Array.isArray(value) ? value.map((item, index) => inner(item, `${path}[${index}]`)) : fail(path, 'a list', value);
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Decoder<T> {
  return (value, path) => allowed.find((each) => each === value) ?? fail(path, allowed.join(' | '), value);
}

type Shape = Readonly<Record<string, Decoder<unknown>>>;
type Members<S extends Shape> = { readonly [K in keyof S]: Decoded<S[K]> };

/** Members that the shape does not name are ignored: the API may grow. */
export function object<S extends Shape>(shape: S): Decoder<Members<S>> {
  const isShape = (value: Record<string, unknown>): value is Members<S> =>
    Object.keys(shape).every((key) => key in value);
  return (value, path) => {
    if (typeof value !== 'object' || value === null) return fail(path, 'an object', value);
    const result: Record<string, unknown> = {};
    const members: Record<string, unknown> = { ...value };
    for (const [key, decode] of Object.entries(shape)) result[key] = decode(members[key], `${path}.${key}`);
    return isShape(result) ? result : fail(path, 'complete', value);
  };
}
