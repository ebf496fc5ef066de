import { type MarketDate, isTradingError } from '@trading-agent/core';
import { parseOptionSymbol, rootInfo } from '@trading-agent/instruments';
import type { FeedSpec } from './feeds.ts';

const STOCK = /^[A-Za-z][A-Za-z0-9.\-/]{0,15}$/;
const INDEX = /^I:[A-Za-z0-9][A-Za-z0-9.-]{0,20}$/;

export interface TickerFacts {
  readonly underlying: string;
  /** YYYYMMDD, strike in thousandths, 1 call, 2 put; all 0 for what is no option. */
  readonly expiry: number;
  readonly strike: number;
  readonly right: number;
}

/** What `ticker` is in a file of `assets`, or why it is none. */
export function tickerFacts(assets: FeedSpec['assets'], ticker: string): TickerFacts | string {
  if (ticker === '') return 'the ticker is blank';
  if (assets === 'options') {
    if (!ticker.startsWith('O:')) return `not an option ticker: "${ticker.slice(0, 40)}"`;
    const plain = plainOption(ticker);
    if (plain !== undefined) return plain;
    try {
      const { root, expiry, strike, right } = parseOptionSymbol(ticker);
      const { underlying } = rootInfo(root);
      const day = dayNumber(expiry);
      if (!ticker.includes(' ')) remember(ticker, underlying, day);
      return { underlying, expiry: day, strike: Math.round(strike * 1000), right: right === 'call' ? 1 : 2 };
    } catch (error) {
      if (!isTradingError(error)) throw error;
      return `not an option ticker: "${ticker.slice(0, 40)}"`;
    }
  }
  const underlying = assets === 'indices' ? ticker.slice(2) : ticker;
  if (!(assets === 'indices' ? INDEX : STOCK).test(ticker)) return `not a ticker: "${ticker.slice(0, 40)}"`;
  return { underlying, expiry: 0, strike: 0, right: 0 };
}

/** By `root` its underlying, by `YYMMDD` the day; filled by what `parseOptionSymbol` has accepted, so that it decides alone. */
const underlyingOf = new Map<string, string>();
const dayOf = new Map<string, number>();
const MOST_KNOWN = 100_000;

/** Root and expiry of the ticker before: contracts of one expiry stand together. */
let before = { prefix: '', underlying: '', expiry: 0 };

/** The facts of a ticker whose root and expiry have been seen before: a file has a hundred thousand tickers and few of either. */
function plainOption(ticker: string): TickerFacts | undefined {
  const end = ticker.length;
  const side = ticker.charCodeAt(end - 9);
  if (side !== 67 && side !== 80) return undefined;
  if (end !== before.prefix.length + 9 || !ticker.startsWith(before.prefix)) {
    const known = underlyingOf.get(ticker.slice(2, -15));
    const day = dayOf.get(ticker.slice(-15, -9));
    if (known === undefined || day === undefined) return undefined;
    before = { prefix: ticker.slice(0, -9), underlying: known, expiry: day };
  }
  const { underlying, expiry } = before;
  let strike = 0;
  for (let at = end - 8; at < end; at++) {
    const digit = ticker.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    strike = strike * 10 + digit;
  }
  return strike === 0 ? undefined : { underlying, expiry, strike, right: side === 67 ? 1 : 2 };
}

function remember(ticker: string, underlying: string, expiry: number): void {
  if (underlyingOf.size > MOST_KNOWN) underlyingOf.clear();
  if (dayOf.size > MOST_KNOWN) dayOf.clear();
  underlyingOf.set(ticker.slice(2, -15), underlying);
  dayOf.set(ticker.slice(-15, -9), expiry);
}

/** `2015-12-24` as 20151224. */
export function dayNumber(date: MarketDate): number {
  return Number(date.replaceAll('-', ''));
}

const CALL = 67;
const PUT = 80;
/** Letters and digits at the end of an option's ticker: its side and the eight digits of its strike. */
const SIDE_AND_STRIKE = 9;
/** Above every strike. */
const SIDE = 100_000_000;

/** Numbers in the order in which they came; grows by doubling. */
class Words {
  #values = new Uint32Array(1024);
  count = 0;

  push(value: number): void {
    if (this.count === this.#values.length) this.#values = wider(this.#values);
    this.#values[this.count] = value;
    this.count += 1;
  }

  get last(): number {
    return this.#values[this.count - 1] ?? 0;
  }

  get values(): Uint32Array {
    return this.#values.subarray(0, this.count);
  }
}

/**
 * The tickers of a file in the order in which they first occur, with what they stand for. Held as bytes and words: a file has hundreds of
 * thousands of them.
 */
export class TickerTable {
  readonly underlyings: string[] = [];
  readonly #underlying = new Words();
  readonly #expiry = new Words();
  readonly #strike = new Words();
  readonly #right = new Words();
  /** Each followed by a line end. */
  #names = Buffer.alloc(16 * 1024);
  #nameBytes = 0;
  /** Made when a file turns out not to be sorted: until then a ticker greater than the last one is new. */
  #index: Map<string, number> | undefined;
  /** `undefined`: it stands in `#names` only. */
  #last: string | undefined = '';
  /** Where the name of `#last` begins and, when it is an option, its side and strike as one number: who has the same beginning follows by it. */
  #lastAt = 0;
  #lastSide = 0;
  #lastUnderlying = '';
  #lastUnderlyingIndex = -1;
  readonly #underlyingIndex = new Map<string, number>();

  get count(): number {
    return this.#underlying.count;
  }

  /** The tickers, with a line end between two of them. */
  get names(): Buffer {
    return this.#names.subarray(0, Math.max(0, this.#nameBytes - 1));
  }

  /** By ticker: number of the underlying, then expiry, strike and right as `TickerFacts` has them. */
  get facts(): readonly Uint32Array[] {
    return [this.#underlying, this.#expiry, this.#strike, this.#right].map(({ values }) => values);
  }

  indexOf(name: string): number | undefined {
    if (this.#index === undefined) {
      this.#last ??= this.#names.toString('latin1', this.#lastAt, this.#nameBytes - 1);
      if (name > this.#last) return undefined;
      const known = this.count === 0 ? [] : this.names.toString().split('\n');
      this.#index = new Map(known.map((ticker, index) => [ticker, index]));
    }
    return this.#index.get(name);
  }

  add(name: string, facts: TickerFacts): number {
    const index = this.count;
    this.#index?.set(name, index);
    this.#last = name;
    // Tickers are ASCII.
    this.#makeRoom(name.length + 1);
    this.#lastAt = this.#nameBytes;
    this.#lastSide = facts.right === 0 || name.includes(' ') ? 0 : facts.right * SIDE + facts.strike;
    this.#nameBytes += this.#names.write(name, this.#nameBytes, 'latin1');
    this.#names[this.#nameBytes++] = 10;
    if (facts.underlying !== this.#lastUnderlying)
      this.#lastUnderlyingIndex = this.#indexOfUnderlying(facts.underlying);
    this.#lastUnderlying = facts.underlying;
    this.#underlying.push(this.#lastUnderlyingIndex);
    this.#expiry.push(facts.expiry);
    this.#strike.push(facts.strike);
    this.#right.push(facts.right);
    return index;
  }

  /**
   * Adds the ticker `bytes[from, to)` when it differs from the last one that was added by a higher side or strike only, as most of a file's do,
   * and says whether it did: no text is made of it.
   */
  addFollowing(bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    const names = this.#names;
    const lastAt = this.#lastAt;
    if (this.#lastSide === 0 || this.#index !== undefined || length !== this.#nameBytes - 1 - lastAt) return false;
    const sideAt = to - SIDE_AND_STRIKE;
    for (let at = from, of = lastAt; at < sideAt; at++, of++) if (bytes[at] !== names[of]) return false;
    const letter = bytes[sideAt];
    if (letter !== CALL && letter !== PUT) return false;
    const right = letter === CALL ? 1 : 2;
    let strike = 0;
    for (let at = sideAt + 1; at < to; at++) {
      const digit = (bytes[at] ?? 0) - 48;
      if (!(digit >= 0 && digit <= 9)) return false;
      strike = strike * 10 + digit;
    }
    const side = right * SIDE + strike;
    if (strike === 0 || side <= this.#lastSide) return false;
    this.#makeRoom(length + 1);
    const own = this.#names;
    let next = this.#nameBytes;
    this.#lastAt = next;
    for (let at = from; at < to; at++) own[next++] = bytes[at] ?? 0;
    own[next++] = 10;
    this.#nameBytes = next;
    this.#lastSide = side;
    this.#last = undefined;
    this.#underlying.push(this.#lastUnderlyingIndex);
    this.#expiry.push(this.#expiry.last);
    this.#strike.push(strike);
    this.#right.push(right);
    return true;
  }

  #makeRoom(bytes: number): void {
    if (this.#nameBytes + bytes <= this.#names.length) return;
    const wide = Buffer.alloc(this.#names.length * 2);
    this.#names.copy(wide);
    this.#names = wide;
  }

  #indexOfUnderlying(name: string): number {
    let index = this.#underlyingIndex.get(name);
    if (index === undefined) {
      index = this.underlyings.push(name) - 1;
      this.#underlyingIndex.set(name, index);
    }
    return index;
  }
}

/** Runs of one ticker: where each begins. */
export class Runs {
  readonly #start = new Words();
  readonly #ticker = new Words();

  push(row: number, ticker: number): void {
    this.#start.push(row);
    this.#ticker.push(ticker);
  }

  get count(): number {
    return this.#start.count;
  }

  get start(): Uint32Array {
    return this.#start.values;
  }

  get ticker(): Uint32Array {
    return this.#ticker.values;
  }
}

function wider(old: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(old.length * 2);
  next.set(old);
  return next;
}
