import type { Secret } from './secret.ts';

/** `T` with every object and list in it read-only. */
export type DeepReadonly<T> = T extends Secret | string
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
      : T;
