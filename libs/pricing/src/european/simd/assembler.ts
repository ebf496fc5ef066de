import { I32, unsigned, V128 } from '@trading-agent/web-assembly';
import { type Pair, PairCode } from '../../simd/pair-code.ts';

const NO_RESULT = 0x40;

/** A function that runs over pairs of rows of columns. */
export class PairAssembler extends PairCode {
  /** Byte position within each column: twice the row pair's first element. */
  readonly #position: number;
  /** Columns that are in a local already, by byte offset: of this stage, then of each conditional block about the code in hand. */
  #loaded: Map<number, number>[] = [new Map()];

  /** As `PairCode`. */
  constructor(options: { readonly pool: number; readonly relaxed: boolean }) {
    super({ ...options, parameters: 1 });
    this.#position = this.local(I32);
  }

  /** The pair of rows in hand of the column at this byte offset. */
  column(offset: number): Pair {
    return () => {
      const known = this.#loaded.findLast((block) => block.has(offset))?.get(offset);
      if (known !== undefined) {
        this.get(known)();
        return;
      }
      this.get(this.#position)();
      this.simd(0x00, 3, ...unsigned(offset));
      this.#tee(offset);
    };
  }

  /** Leaves the value on the stack and remembers it as that of the column. */
  #tee(offset: number): void {
    const local = this.local(V128);
    this.code.push(0x22, ...unsigned(local));
    this.#loaded.at(-1)?.set(offset, local);
  }

  /** Computes `a` here and hands it, by way of the column at this byte offset, to later stages. */
  hand(offset: number, a: Pair): Pair {
    this.get(this.#position)();
    a();
    this.#tee(offset);
    this.simd(0x0b, 3, ...unsigned(offset));
    return this.column(offset);
  }

  /**
   * Ends the loop over the rows and begins another: only columns pass from one to the next. Short loops let the processor overlap
   * neighbouring rows, which one long loop does not.
   */
  nextStage(): void {
    this.#endLoop();
    this.#loaded = [new Map()];
    this.code.push(0x41, 0, 0x21, ...unsigned(this.#position), 0x03, NO_RESULT);
  }

  /** position += 16; repeat while position < bytes (parameter 0). */
  #endLoop(): void {
    const position = unsigned(this.#position);
    this.code.push(0x20, ...position, 0x41, 16, 0x6a, 0x22, ...position, 0x20, 0, 0x49, 0x0d, 0, 0x0b);
  }

  store(offset: number, a: Pair): void {
    this.get(this.#position)();
    a();
    this.simd(0x0b, 3, ...unsigned(offset));
  }

  override whenAny(mask: Pair, body: () => void): void {
    super.whenAny(mask, () => {
      this.#loaded.push(new Map());
      body();
      this.#loaded.pop();
    });
  }

  /** The module: imports `m.m` (memory), exports `run(bytes)`, which does `body` for positions 0, 16, ... below `bytes`. */
  module(body: () => void): Uint8Array<ArrayBuffer> {
    this.code.push(0x03, NO_RESULT);
    body();
    this.#endLoop();
    return this.finish();
  }
}
