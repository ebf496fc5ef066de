import { I32, signed, unsigned } from '@trading-agent/web-assembly';
import { type Pair, PairCode, type Word } from './pair-code.ts';

const NO_RESULT = 0x40;
/** Bytes of the upper double, then of the lower. */
const SWAPPED = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
/** Lower double of the first vector and of the second; uppers. */
const LOWERS = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const UPPERS = LOWERS.map((byte) => byte + 8);

/** A byte address that moves on. */
export interface Pointer {
  readonly at: Word;
  readonly advance: (bytes: number | Word) => void;
}

/** A function of loops over a memory whose layout the kernel knows: addresses are numbers in the code, or pointers that move on. */
export class LoopAssembler extends PairCode {
  /** Address 0, for what lies at a fixed place. */
  readonly origin: Word;

  /** As `PairCode`, without the relaxed instructions: the same bits on every machine. */
  constructor(pool: number) {
    super({ pool, relaxed: false, parameters: 0 });
    this.origin = this.number(0);
  }

  number(value: number): Word {
    return () => this.code.push(0x41, ...signed(value));
  }

  pointer(start: number | Word): Pointer {
    const local = this.local(I32);
    (typeof start === 'number' ? this.number(start) : start)();
    this.code.push(0x21, ...unsigned(local));
    return {
      at: this.get(local),
      advance: (bytes) => {
        this.get(local)();
        (typeof bytes === 'number' ? this.number(bytes) : bytes)();
        this.code.push(0x6a, 0x21, ...unsigned(local));
      },
    };
  }

  /** The 32-bit integer at an address. */
  word(at: number): Word {
    return () => this.code.push(0x41, 0, 0x28, 2, ...unsigned(at));
  }

  /** Runs `body` so many times, at least once. */
  repeat(count: number | Word, body: () => void): void {
    const left = this.local(I32);
    const name = unsigned(left);
    (typeof count === 'number' ? this.number(count) : count)();
    this.code.push(0x21, ...name, 0x03, NO_RESULT);
    body();
    this.code.push(0x20, ...name, 0x41, ...signed(-1), 0x6a, 0x22, ...name, 0x0d, 0, 0x0b);
  }

  /** Runs `body` while a lane of the mask that it returns is set, at most `count` times and at least once. */
  repeatWhileAny(count: number, body: () => Pair): void {
    const left = this.local(I32);
    const name = unsigned(left);
    this.number(count)();
    this.code.push(0x21, ...name, 0x03, NO_RESULT);
    const mask = body();
    this.code.push(0x20, ...name, 0x41, ...signed(-1), 0x6a, 0x22, ...name);
    // and the mask: 0 or 1 of `any`, 1 of a count that is left.
    this.code.push(0x41, 0, 0x47);
    mask();
    this.simd(0x53);
    this.code.push(0x71, 0x0d, 0, 0x0b);
  }

  load(at: Word, offset = 0): Pair {
    return () => {
      at();
      this.simd(0x00, 3, ...unsigned(offset));
    };
  }

  /** Both lanes the one double there. */
  splat(at: Word, offset = 0): Pair {
    return () => {
      at();
      this.simd(0x0a, 3, ...unsigned(offset));
    };
  }

  store(at: Word, offset: number, value: Pair): void {
    at();
    value();
    this.simd(0x0b, 3, ...unsigned(offset));
  }

  /** Stores the lower double only. */
  storeOne(at: Word, offset: number, value: Pair): void {
    at();
    value();
    this.simd(0x5b, 3, ...unsigned(offset), 0);
  }

  /** Stores the upper double only. */
  storeOther(at: Word, offset: number, value: Pair): void {
    at();
    value();
    this.simd(0x5b, 3, ...unsigned(offset), 1);
  }

  #shuffle(a: Pair, b: Pair, bytes: readonly number[]): Pair {
    return () => {
      a();
      b();
      this.simd(0x0d, ...bytes);
    };
  }

  /** Both lanes the sum of the lanes of `a`, which must be kept. */
  total(a: Pair): Pair {
    return this.binary('add', a, this.#shuffle(a, a, SWAPPED));
  }

  /** The sum of the lanes of `a` and that of the lanes of `b`; both must be kept. */
  totals(a: Pair, b: Pair): Pair {
    return this.binary('add', this.#shuffle(a, b, LOWERS), this.#shuffle(a, b, UPPERS));
  }

  /** The module: imports `m.m` (memory), exports `run()`, which does `body` once. */
  module(body: () => void): Uint8Array<ArrayBuffer> {
    body();
    return this.finish();
  }
}
