import { I32, I64, moduleOf, signed, unsigned } from '@trading-agent/web-assembly';

/**
 * Writes WebAssembly by hand: expressions are the bytes that leave a value on the stack, statements those that leave none (WebAssembly Core
 * Specification 2.0, sections 5.3 to 5.5).
 */
export type Code = readonly number[];

const EMPTY = 0x40;

const binary =
  (operation: number) =>
  (a: Code, b: Code): Code => [...a, ...b, operation];
const unary =
  (operation: number) =>
  (a: Code): Code => [...a, operation];
const load =
  (operation: number) =>
  (address: Code, offset = 0): Code => [...address, operation, 0, ...unsigned(offset)];
const store =
  (operation: number) =>
  (address: Code, value: Code, offset = 0): Code => [...address, ...value, operation, 0, ...unsigned(offset)];

export const i32 = {
  of: (value: number): Code => [0x41, ...signed(value)],
  load: load(0x28),
  load8: load(0x2d),
  store: store(0x36),
  store8: store(0x3a),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  and: binary(0x71),
  or: binary(0x72),
  shl: binary(0x74),
  shr: binary(0x76),
  isZero: unary(0x45),
  eq: binary(0x46),
  ne: binary(0x47),
  ltU: binary(0x49),
  gtU: binary(0x4b),
  geU: binary(0x4f),
};

export const i64 = {
  /** Its bits, whether they are read as signed or not. */
  of: (bits: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, bits))],
  load: load(0x29),
  store: store(0x37),
  from32: unary(0xad),
  to32: unary(0xa7),
  add: binary(0x7c),
  sub: binary(0x7d),
  mul: binary(0x7e),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shl: binary(0x86),
  shr: binary(0x88),
  trailingZeros: unary(0x7a),
  isZero: unary(0x50),
  eq: binary(0x51),
  ne: binary(0x52),
  ltU: binary(0x54),
  gtU: binary(0x56),
  geU: binary(0x5a),
};

export const f64 = {
  load: load(0x2b),
  store: store(0x39),
  div: binary(0xa3),
  from64: unary(0xb9),
};

const vector =
  (operation: number) =>
  (a: Code, b: Code): Code => [...a, ...b, 0xfd, ...unsigned(operation)];

/** Sixteen bytes at once. */
export const bytes16 = {
  load: (address: Code, offset = 0): Code => [...address, 0xfd, 0, 0, ...unsigned(offset)],
  every: (byte: number): Code => [0xfd, 12, ...Array.from({ length: 16 }, () => byte)],
  /** Signed: bytes from 128 on are below all others. */
  below: vector(0x25),
  and: vector(0x4e),
  or: vector(0x50),
  xor: vector(0x51),
  /** Whether a bit is set. */
  any: (bytes: Code): Code => [...bytes, 0xfd, 0x53],
  /** The highest bit of each byte, of the first one lowest. */
  highBits: (bytes: Code): Code => [...bytes, 0xfd, 0x64],
};

/** Forgets the value that an expression has left. */
export const drop = (value: Code): Code => [...value, 0x1a];
export const block = (...body: readonly Code[]): Code => [0x02, EMPTY, ...body.flat(), 0x0b];
export const loop = (...body: readonly Code[]): Code => [0x03, EMPTY, ...body.flat(), 0x0b];
export const when = (condition: Code, ...body: readonly Code[]): Code => [
  ...condition,
  0x04,
  EMPTY,
  ...body.flat(),
  0x0b,
];
export const either = (condition: Code, yes: readonly Code[], no: readonly Code[]): Code => [
  ...condition,
  0x04,
  EMPTY,
  ...yes.flat(),
  0x05,
  ...no.flat(),
  0x0b,
];
/** Leaves so many blocks: a block is left at its end, a loop at its beginning. */
export const leave = (depth: number): Code => [0x0c, ...unsigned(depth)];
export const leaveIf = (depth: number, condition: Code): Code => [...condition, 0x0d, ...unsigned(depth)];

export class Locals {
  readonly #types: number[] = [];
  readonly #parameters: number;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  i32(): Local {
    return this.#next(I32);
  }

  i64(): Local {
    return this.#next(I64);
  }

  #next(type: number): Local {
    this.#types.push(type);
    return local(this.#parameters + this.#types.length - 1);
  }

  /** A module whose function `run` takes the parameters (32-bit) and gives a 32-bit number; memory is imported as `m.m`. */
  module(body: Code, result: Code, pages: number): Uint8Array<ArrayBuffer> {
    return moduleOf({
      parameters: this.#parameters,
      gives: true,
      locals: this.#types,
      code: [...body, ...result],
      pages,
    });
  }
}

export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

/** A parameter or local by its number. */
export function local(index: number): Local {
  const number = unsigned(index);
  return { get: [0x20, ...number], set: (value) => [...value, 0x21, ...number] };
}
