import { ownSymbolOf } from './messages.ts';

const SLOTS = 1 << 14;
/** Well below the number of slots, so that look-ups stay short. Outside data: bounded; a connection has quotes of a thousand contracts. */
const MOST = 8_000;
const WIDTH = 32;

/** Our symbols by the bytes of the vendor's tickers, without making a string for each message. */
export class SymbolTable {
  readonly #symbols: (string | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  /** The ticker's length and bytes, `WIDTH` per slot. */
  readonly #bytes = new Uint8Array(SLOTS * WIDTH);
  #size = 0;

  /**
   * The symbol of the ticker in `bytes` from `start` to `end`, whose hash (FNV-1a, 32 bits) the caller has computed while reading.
   * `undefined` when it is longer than any ticker or no ticker at all.
   */
  look(bytes: Uint8Array, start: number, end: number, hash: number): string | undefined {
    const length = end - start;
    if (length >= WIDTH || length === 0) return undefined;
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (;;) {
      const symbol = this.#symbols[slot];
      if (symbol === undefined) return this.#add(bytes, start, end, slot);
      if (this.#holds(slot, bytes, start, length)) return symbol;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  #holds(slot: number, bytes: Uint8Array, start: number, length: number): boolean {
    const base = slot * WIDTH;
    if (this.#bytes[base] !== length) return false;
    for (let index = 0; index < length; index++)
      if (this.#bytes[base + 1 + index] !== bytes[start + index]) return false;
    return true;
  }

  #add(bytes: Uint8Array, start: number, end: number, slot: number): string | undefined {
    let symbol: string;
    try {
      symbol = ownSymbolOf(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));
    } catch {
      return undefined;
    }
    if (this.#size >= MOST) {
      this.#symbols.fill(undefined);
      this.#size = 0;
    }
    this.#symbols[slot] = symbol;
    this.#bytes[slot * WIDTH] = end - start;
    this.#bytes.set(bytes.subarray(start, end), slot * WIDTH + 1);
    this.#size += 1;
    return symbol;
  }
}
