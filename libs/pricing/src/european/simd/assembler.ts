import { I32, moduleOf, signed, unsigned, V128 } from '@trading-agent/web-assembly';

/**
 * A small assembler for one WebAssembly function over pairs of doubles (WebAssembly Core Specification 2.0, sections 5.4 and 5.5).
 * Expressions are closures that emit their operands and then themselves; `keep` puts one into a local so that it is computed once.
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

export class PairAssembler {
  readonly #code: number[] = [];
  readonly #locals: number[] = [];
  /** Byte position within each column: twice the row pair's first element; the function's second local after its parameter. */
  readonly #position: number;
  readonly #pool: number;
  readonly #relaxed: boolean;
  readonly #pooled: bigint[] = [];
  /** Columns that are in a local already, by byte offset: of this stage, then of each conditional block about the code in hand. */
  #loaded: Map<number, number>[] = [new Map()];

  /**
   * `pool`: the byte offset from which the module may keep its constants in memory (16 bytes each): a load is one operation, a constant
   * in the code three. `relaxed`: use the relaxed instructions, and count on `multiplyAdd` rounding once.
   */
  constructor(options: { readonly pool: number; readonly relaxed: boolean }) {
    this.#pool = options.pool;
    this.#relaxed = options.relaxed;
    this.#position = this.#local(I32);
  }

  #pooledPair(bits: bigint): Pair {
    let index = this.#pooled.indexOf(bits);
    if (index < 0) index = this.#pooled.push(bits) - 1;
    const offset = unsigned(this.#pool + 16 * index);
    return () => {
      this.#code.push(0x41, 0);
      this.#simd(0x00, 3, ...offset);
    };
  }

  #local(type: number): number {
    this.#locals.push(type);
    return this.#locals.length;
  }

  #simd(...bytes: readonly number[]): void {
    const [operation = 0, ...rest] = bytes;
    this.#code.push(SIMD, ...unsigned(operation), ...rest);
  }

  #get(local: number): () => void {
    return () => this.#code.push(0x20, ...unsigned(local));
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
      this.#simd(BINARY[operation]);
    };
  }

  #three(operation: number, a: Pair, b: Pair, c: Pair): Pair {
    return () => {
      a();
      b();
      c();
      this.#simd(operation);
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
      this.#simd(UNARY[operation]);
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
      this.#code.push(0x41, ...signed(Math.abs(count)));
      this.#simd(count > 0 ? 0xcb : 0xcd);
    };
  }

  /** Computes `a` here, once. */
  keep(a: Pair): Pair {
    const local = this.#local(V128);
    a();
    this.#code.push(0x21, ...unsigned(local));
    return this.#get(local);
  }

  /** A value that later code may replace. */
  variable(start: Pair): { readonly value: Pair; readonly set: (a: Pair) => void } {
    const local = this.#local(V128);
    const set = (a: Pair): void => {
      a();
      this.#code.push(0x21, ...unsigned(local));
    };
    set(start);
    return { value: this.#get(local), set };
  }

  /** ((low word of the lane & mask) << shift) as an address; kept. */
  address(a: Pair, lane: 0 | 1, mask: number, shift: number): Word {
    const local = this.#local(I32);
    a();
    this.#simd(0x1b, 2 * lane);
    this.#code.push(0x41, ...signed(mask), 0x71, 0x41, ...signed(shift), 0x74, 0x21, ...unsigned(local));
    return this.#get(local);
  }

  /** One double from each of two addresses plus a fixed offset. */
  gather(first: Word, second: Word, offset: number): Pair {
    return () => {
      second();
      first();
      this.#simd(0x0a, 3, ...unsigned(offset));
      this.#simd(0x57, 3, ...unsigned(offset), 1);
    };
  }

  /** Two neighbouring doubles from each of two addresses plus a fixed offset: the firsts as one pair, the seconds as another. */
  gatherTwo(first: Word, second: Word, offset: number): readonly [Pair, Pair] {
    const [low, high] = [first, second].map((at) =>
      this.keep(() => {
        at();
        this.#simd(0x00, 3, ...unsigned(offset));
      }),
    );
    const of = (bytes: readonly number[]) => (): void => {
      low?.();
      high?.();
      this.#simd(0x0d, ...bytes);
    };
    return [of(LOWER), of(UPPER)];
  }

  /** The pair of rows in hand of the column at this byte offset. */
  column(offset: number): Pair {
    return () => {
      const known = this.#loaded.findLast((block) => block.has(offset))?.get(offset);
      if (known !== undefined) {
        this.#get(known)();
        return;
      }
      this.#get(this.#position)();
      this.#simd(0x00, 3, ...unsigned(offset));
      this.#tee(offset);
    };
  }

  /** Leaves the value on the stack and remembers it as that of the column. */
  #tee(offset: number): void {
    const local = this.#local(V128);
    this.#code.push(0x22, ...unsigned(local));
    this.#loaded.at(-1)?.set(offset, local);
  }

  /** Computes `a` here and hands it, by way of the column at this byte offset, to later stages. */
  hand(offset: number, a: Pair): Pair {
    this.#get(this.#position)();
    a();
    this.#tee(offset);
    this.#simd(0x0b, 3, ...unsigned(offset));
    return this.column(offset);
  }

  /**
   * Ends the loop over the rows and begins another: only columns pass from one to the next. Short loops let the processor overlap
   * neighbouring rows, which one long loop does not.
   */
  nextStage(): void {
    this.#endLoop();
    this.#loaded = [new Map()];
    this.#code.push(0x41, 0, 0x21, ...unsigned(this.#position), 0x03, NO_RESULT);
  }

  /** position += 16; repeat while position < bytes (parameter 0). */
  #endLoop(): void {
    const position = unsigned(this.#position);
    this.#code.push(0x20, ...position, 0x41, 16, 0x6a, 0x22, ...position, 0x20, 0, 0x49, 0x0d, 0, 0x0b);
  }

  store(offset: number, a: Pair): void {
    this.#get(this.#position)();
    a();
    this.#simd(0x0b, 3, ...unsigned(offset));
  }

  /** Runs `body` only when a lane of the mask is set. */
  whenAny(mask: Pair, body: () => void): void {
    mask();
    this.#simd(0x53);
    this.#code.push(0x04, NO_RESULT);
    this.#loaded.push(new Map());
    body();
    this.#loaded.pop();
    this.#code.push(0x0b);
  }

  /** The module: imports `m.m` (memory), exports `run(bytes)`, which does `body` for positions 0, 16, ... below `bytes`. */
  module(body: () => void): Uint8Array<ArrayBuffer> {
    this.#code.push(0x03, NO_RESULT);
    body();
    this.#endLoop();
    return moduleOf({
      parameters: 1,
      locals: this.#locals,
      code: this.#code,
      pages: 1,
      constants: {
        at: this.#pool,
        bytes: this.#pooled.flatMap((bits) => [...new Uint8Array(BigInt64Array.of(bits, bits).buffer)]),
      },
    });
  }
}
