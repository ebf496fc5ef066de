const SOME = 1 << 20;

/** CSV text as bytes: numbers are written digit by digit, which costs a tenth of making strings of them. */
export class CsvBytes {
  #bytes = new Uint8Array(SOME);
  length = 0;

  /** Room for `more` bytes. */
  #grow(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }

  /** ASCII text. */
  text(text: string): this {
    this.#grow(text.length);
    for (let i = 0; i < text.length; i += 1) this.#bytes[this.length++] = text.charCodeAt(i);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    this.#grow(bytes.length);
    // A loop is faster than `set` for the few bytes of a ticker.
    for (const byte of bytes) this.#bytes[this.length++] = byte;
    return this;
  }

  /** A whole number from 0 on. */
  whole(value: number): this {
    this.#grow(20);
    let size = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) size += 1;
    let rest = value;
    for (let i = size - 1; i >= 0; i -= 1) {
      const next = Math.floor(rest / 10);
      this.#bytes[this.length + i] = 48 + (rest - next * 10);
      rest = next;
    }
    this.length += size;
    return this;
  }

  /** Cents as dollars, without zeros at the end: 16150 is 161.5. */
  dollars(cents: number): this {
    const whole = Math.floor(cents / 100);
    const rest = cents - whole * 100;
    this.whole(whole);
    if (rest === 0) return this;
    this.#grow(3);
    this.#bytes[this.length++] = 46;
    this.#bytes[this.length++] = 48 + Math.floor(rest / 10);
    if (rest % 10 !== 0) this.#bytes[this.length++] = 48 + (rest % 10);
    return this;
  }

  comma(): this {
    this.#grow(1);
    this.#bytes[this.length++] = 44;
    return this;
  }

  line(): this {
    this.#grow(1);
    this.#bytes[this.length++] = 10;
    return this;
  }

  /** What was written since the last call; a copy. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
