import { I32, moduleOf, signed, unsigned, V128 } from '@trading-agent/web-assembly';

/**
 * Expressions over pairs of doubles for one WebAssembly function (WebAssembly Core Specification 2.0, sections 5.4 and 5.5); what
 * the function runs over is added by `PairAssembler` (rows of columns) and `LoopAssembler` (any loops over a memory). Expressions are closures that emit their operands and then themselves; `keep` puts one into a local so that it is computed once.
 */

/** A value of two doubles, or of two 64-bit masks or integers. */
export type Pair = () => void;
/** A 32-bit integer. */
export type Word = () => void;

const NO_RESULT = 0x40;
const SIMD = 0xfd;

/** Numbers of the SIMD instructions used. */
const BINARY = {
  add: 0xf0,
  sub: 0xf1,
  mul: 0xf2,
  div: 0xf3,
  /** b < a ? b : a. */
  lesser: 0xf6,
  /** a < b ? b : a. */
  greater: 0xf7,
  below: 0x49,
  above: 0x4a,
  atMost: 0x4b,
  and: 0x4e,
  xor: 0x51,
  addBits: 0xce,
} as const;
/** The relaxed vector instructions (WebAssembly Core Specification 3.0): a b + c, c - a b, choice by the masks' top bits. */
const RELAXED = { multiplyAdd: 0x107, lessProduct: 0x108, select: 0x10c } as const;
/** Bytes of the lower and of the upper double of two vectors. */
const LOWER = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const UPPER = LOWER.map((byte) => byte + 8);
const BITS_OF = 0x52;
const UNARY = { abs: 0xec, neg: 0xed, sqrt: 0xef, not: 0x4d } as const;

export abstract class PairCode {
  protected readonly code: number[] = [];
  readonly #locals: number[] = [];
  readonly #pool: number;
  readonly #parameters: number;
  readonly #relaxed: boolean;
  readonly #pooled: bigint[] = [];

  /**
   * `pool`: the byte offset from which the module may keep its constants in memory (16 bytes each): a load is one operation, a constant
   * in the code three. `relaxed`: use the relaxed instructions, and count on `multiplyAdd` rounding once.
   */
  constructor(options: { readonly pool: number; readonly relaxed: boolean; readonly parameters: number }) {
    this.#pool = options.pool;
    this.#relaxed = options.relaxed;
    this.#parameters = options.parameters;
  }

  #pooledPair(bits: bigint): Pair {
    let index = this.#pooled.indexOf(bits);
    if (index < 0) index = this.#pooled.push(bits) - 1;
    const offset = unsigned(this.#pool + 16 * index);
    return () => {
      this.code.push(0x41, 0);
      this.simd(0x00, 3, ...offset);
    };
  }

  /** A new local's number: they follow the parameters. */
  protected local(type: number): number {
    this.#locals.push(type);
    return this.#parameters + this.#locals.length - 1;
  }

  protected simd(...bytes: readonly number[]): void {
    const [operation = 0, ...rest] = bytes;
    this.code.push(SIMD, ...unsigned(operation), ...rest);
  }

  protected get(local: number): () => void {
    return () => this.code.push(0x20, ...unsigned(local));
  }

  /** Both lanes the same constant. */
  constant(value: number): Pair {
    return this.#pooledPair(new BigInt64Array(Float64Array.of(value).buffer)[0] ?? 0n);
  }

  /** Both lanes the same 64-bit integer, given as a small number. */
  bits(value: number): Pair {
    return this.#pooledPair(BigInt(value));
  }

  binary(operation: keyof typeof BINARY, a: Pair, b: Pair): Pair {
    return () => {
      a();
      b();
      this.simd(BINARY[operation]);
    };
  }

  #three(operation: number, a: Pair, b: Pair, c: Pair): Pair {
    return () => {
      a();
      b();
      c();
      this.simd(operation);
    };
  }

  /** a b + c: rounded once when `relaxed`, else twice. */
  multiplyAdd(a: Pair, b: Pair, c: Pair): Pair {
    if (this.#relaxed) return this.#three(RELAXED.multiplyAdd, a, b, c);
    return this.binary('add', this.binary('mul', a, b), c);
  }

  /** c - a b, as `multiplyAdd`. */
  lessProduct(c: Pair, a: Pair, b: Pair): Pair {
    if (this.#relaxed) return this.#three(RELAXED.lessProduct, a, b, c);
    return this.binary('sub', c, this.binary('mul', a, b));
  }

  unary(operation: keyof typeof UNARY, a: Pair): Pair {
    return () => {
      a();
      this.simd(UNARY[operation]);
    };
  }

  /** Lane by lane `yes` where the mask is set, else `no`. */
  select(mask: Pair, yes: Pair, no: Pair): Pair {
    return this.#three(this.#relaxed ? RELAXED.select : BITS_OF, yes, no, mask);
  }

  /** Bit by bit `yes` where the mask is set, else `no`. */
  mix(mask: Pair, yes: Pair, no: Pair): Pair {
    return this.#three(BITS_OF, yes, no, mask);
  }

  /** Both 64-bit lanes moved by so many bits: left when positive, right when negative; zeros come in. */
  shift(a: Pair, count: number): Pair {
    return () => {
      a();
      this.code.push(0x41, ...signed(Math.abs(count)));
      this.simd(count > 0 ? 0xcb : 0xcd);
    };
  }

  /** Computes `a` here, once. */
  keep(a: Pair): Pair {
    const local = this.local(V128);
    a();
    this.code.push(0x21, ...unsigned(local));
    return this.get(local);
  }

  /** A value that later code may replace. */
  variable(start: Pair): { readonly value: Pair; readonly set: (a: Pair) => void } {
    const local = this.local(V128);
    const set = (a: Pair): void => {
      a();
      this.code.push(0x21, ...unsigned(local));
    };
    set(start);
    return { value: this.get(local), set };
  }

  /** ((low word of the lane & mask) << shift) as an address; kept. */
  address(a: Pair, lane: 0 | 1, mask: number, shift: number): Word {
    const local = this.local(I32);
    a();
    this.simd(0x1b, 2 * lane);
    this.code.push(0x41, ...signed(mask), 0x71, 0x41, ...signed(shift), 0x74, 0x21, ...unsigned(local));
    return this.get(local);
  }

  /** One double from each of two addresses plus a fixed offset. */
  gather(first: Word, second: Word, offset: number): Pair {
    return () => {
      second();
      first();
      this.simd(0x0a, 3, ...unsigned(offset));
      this.simd(0x57, 3, ...unsigned(offset), 1);
    };
  }

  /** Two neighbouring doubles from each of two addresses plus a fixed offset: the firsts as one pair, the seconds as another. */
  gatherTwo(first: Word, second: Word, offset: number): readonly [Pair, Pair] {
    const [low, high] = [first, second].map((at) =>
      this.keep(() => {
        at();
        this.simd(0x00, 3, ...unsigned(offset));
      }),
    );
    const of = (bytes: readonly number[]) => (): void => {
      low?.();
      high?.();
      this.simd(0x0d, ...bytes);
    };
    return [of(LOWER), of(UPPER)];
  }

  /** Runs `body` only when a lane of the mask is set. */
  whenAny(mask: Pair, body: () => void): void {
    mask();
    this.simd(0x53);
    this.code.push(0x04, NO_RESULT);
    body();
    this.code.push(0x0b);
  }

  /** How many constants the code keeps in memory so far. */
  get constants(): number {
    return this.#pooled.length;
  }

  /** The module with the code so far. */
  protected finish(): Uint8Array<ArrayBuffer> {
    return moduleOf({
      parameters: this.#parameters,
      locals: this.#locals,
      code: this.code,
      pages: 1,
      constants: {
        at: this.#pool,
        bytes: this.#pooled.flatMap((bits) => [...new Uint8Array(BigInt64Array.of(bits, bits).buffer)]),
      },
    });
  }
}
