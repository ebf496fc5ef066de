/** Types of values (WebAssembly Core Specification 2.0, section 5.3.1 and 5.3.2). */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const V128 = 0x7b;

/** Unsigned LEB128 of a whole number below 2^32. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128 of a whole number: the operand of a constant. */
export function signed(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const last = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

export interface ModuleParts {
  /** How many 32-bit parameters the function takes. */
  readonly parameters: number;
  /** Whether it gives a 32-bit number back. */
  readonly gives?: boolean;
  /** Types of its locals, which are numbered after the parameters. */
  readonly locals: readonly number[];
  /** Its instructions, without the last `end`. */
  readonly code: readonly number[];
  /** Pages of 64 KiB that the imported memory has at least. */
  readonly pages: number;
  /** Bytes that the module puts into the memory when it is made. */
  readonly constants?: { readonly at: number; readonly bytes: readonly number[] };
}

/** "\0asm", version 1. */
const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const END = 0x0b;

/** A module that imports its memory as `m.m` and exports its one function as `run` (section 5.5 of the specification). */
export function moduleOf(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const { parameters, gives = false, locals, code, pages, constants } = parts;
  const results = gives ? [1, I32] : [0];
  const body = [...unsigned(locals.length), ...locals.flatMap((type) => [1, type]), ...code, END];
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, [1, 0x60, ...unsigned(parameters), ...Array.from({ length: parameters }, () => I32), ...results]),
    ...section(2, [1, ...name('m'), ...name('m'), 2, 0, ...unsigned(pages)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('run'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
    ...(constants
      ? section(11, [1, 0, 0x41, ...signed(constants.at), END, ...unsigned(constants.bytes.length), ...constants.bytes])
      : []),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return [text.length, ...Buffer.from(text)];
}
