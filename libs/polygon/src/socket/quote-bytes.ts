import { micros } from '@trading-agent/core';
import type { Quote } from '@trading-agent/instruments';
import { SymbolTable } from './symbol-table.ts';

// Most frames hold nothing but quotes in one shape. They are read byte by byte, and only in that shape: at the first byte that is not as
// expected the reader stops, and the rest of the frame is left to JSON.parse and the checks of `messages.ts`. What it does read is equal to
// what they would have read: a decimal of at most 15 digits is the quotient of two exact doubles, which is correctly rounded.

const QUOTE = 0x22;
const COMMA = 0x2c;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const MOST_DIGITS = 15;
const MOST_MILLIS = 9e12;
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

const key = (text: string): number =>
  text.length === 1 ? text.charCodeAt(0) : (text.charCodeAt(0) << 8) | text.charCodeAt(1);
const [BP, BS, AP, AS, T, Q] = [key('bp'), key('bs'), key('ap'), key('as'), key('t'), key('q')];
/** Exchanges, condition and tape: numbers that are not used. */
const [BX, AX, C, Z] = [key('bx'), key('ax'), key('c'), key('z')];
const HEAD = Array.from('{"ev":"Q"', (letter) => letter.charCodeAt(0));
const ABSENT = -1;

/** Reads frames of quotes; what was read of a frame lies in `quotes` and `sequences` until the next one. */
export class QuoteBytes {
  readonly quotes: Quote[] = [];
  /** The vendor's numbers, -1 where it gave none. */
  readonly sequences: number[] = [];
  readonly #symbols = new SymbolTable();
  /** Where the number that was read last ended, and how many digits stood after its dot. */
  #end = 0;
  #fraction = 0;

  /** Reads as far as the frame has the expected shape. @returns true when that is all of it */
  read(frame: Uint8Array): boolean {
    this.quotes.length = 0;
    this.sequences.length = 0;
    if (frame[0] !== OPEN_LIST) return false;
    let at = 1;
    for (;;) {
      at = this.#quote(frame, at);
      if (at < 0) return false;
      const next = frame[at];
      if (next === CLOSE_LIST) return at + 1 === frame.length;
      if (next !== COMMA) return false;
      at += 1;
    }
  }

  /** Reads the object at `at`. @returns where it ended, -1 when it is not a quote in the expected shape */
  #quote(frame: Uint8Array, start: number): number {
    let at = start;
    if (frame[at] !== OPEN) return -1;
    for (let index = 1; index < HEAD.length; index++) if (frame[at + index] !== HEAD[index]) return -1;
    at += HEAD.length;
    let symbol: string | undefined;
    let bid = ABSENT;
    let bidSize = ABSENT;
    let ask = ABSENT;
    let askSize = ABSENT;
    let time = ABSENT;
    let sequence = ABSENT;
    while (frame[at] !== CLOSE) {
      if (frame[at] !== COMMA || frame[at + 1] !== QUOTE) return -1;
      const first = frame[at + 2] ?? 0;
      const second = frame[at + 3] ?? 0;
      let name: number;
      if (second === QUOTE) {
        name = first;
        at += 4;
      } else if (frame[at + 4] === QUOTE) {
        name = (first << 8) | second;
        at += 5;
      } else {
        // `,"sym":"`
        if (first !== 0x73 || second !== 0x79 || frame[at + 4] !== 0x6d || frame[at + 5] !== QUOTE) return -1;
        if (frame[at + 6] !== COLON || frame[at + 7] !== QUOTE) return -1;
        const from = at + 8;
        let to = from;
        let hash = 0x811c9dc5;
        for (let byte = frame[to] ?? 0; byte !== QUOTE; byte = frame[++to] ?? 0) {
          // Letters, digits, colon, dot: nothing that JSON would write in another way.
          if (byte < DOT || byte > 0x7a || byte === 0x5c) return -1;
          hash = Math.imul(hash ^ byte, 0x01000193);
        }
        symbol = this.#symbols.look(frame, from, to, hash);
        if (symbol === undefined) return -1;
        at = to + 1;
        continue;
      }
      if (frame[at] !== COLON) return -1;
      const value = this.#number(frame, at + 1);
      if (value < 0) return -1;
      at = this.#end;
      switch (name) {
        case BP:
          bid = value;
          break;
        case BS:
          bidSize = value;
          break;
        case AP:
          ask = value;
          break;
        case AS:
          askSize = value;
          break;
        case T:
          if (this.#fraction > 0 || value > MOST_MILLIS) return -1;
          time = value;
          break;
        case Q:
          if (this.#fraction > 0) return -1;
          sequence = value;
          break;
        case BX:
        case AX:
        case C:
        case Z:
          break;
        default:
          return -1;
      }
    }
    if (symbol === undefined || time < 0) return -1;
    const hasBid = bid > 0;
    const hasAsk = ask > 0;
    this.quotes.push({
      symbol,
      at: micros(time * 1_000),
      bid: hasBid ? bid : null,
      bidSize: hasBid && bidSize > 0 ? bidSize : 0,
      ask: hasAsk ? ask : null,
      askSize: hasAsk && askSize > 0 ? askSize : 0,
    });
    this.sequences.push(sequence);
    return at + 1;
  }

  /** A plain decimal without sign and exponent; -1 when it is anything else. Sets where it ended. */
  #number(frame: Uint8Array, start: number): number {
    let at = start;
    let digits = 0;
    let value = 0;
    let byte = frame[at] ?? 0;
    for (; byte >= ZERO && byte <= NINE; byte = frame[++at] ?? 0) {
      value = value * 10 + (byte - ZERO);
      digits += 1;
    }
    if (digits === 0 || digits > MOST_DIGITS || (digits > 1 && frame[start] === ZERO)) return -1;
    this.#fraction = 0;
    if (byte === DOT) {
      const whole = digits;
      byte = frame[++at] ?? 0;
      for (; byte >= ZERO && byte <= NINE; byte = frame[++at] ?? 0) {
        value = value * 10 + (byte - ZERO);
        digits += 1;
      }
      const fraction = digits - whole;
      if (fraction === 0 || digits > MOST_DIGITS) return -1;
      this.#fraction = fraction;
      value /= POWERS[fraction] ?? 1;
    }
    if (byte !== COMMA && byte !== CLOSE) return -1;
    this.#end = at;
    return value;
  }
}
