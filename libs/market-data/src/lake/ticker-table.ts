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

/** The facts of a ticker whose root and expiry have been seen before: a file has a hundred thousand tickers and few of either. */
function plainOption(ticker: string): TickerFacts | undefined {
  const end = ticker.length;
  const side = ticker.charCodeAt(end - 9);
  const underlying = underlyingOf.get(ticker.slice(2, -15));
  const expiry = dayOf.get(ticker.slice(-15, -9));
  if (underlying === undefined || expiry === undefined || (side !== 67 && side !== 80)) return undefined;
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

/** The tickers of a file in the order in which they first occur, with what they stand for. */
export class TickerTable {
  readonly names: string[] = [];
  readonly underlyings: string[] = [];
  readonly underlying: number[] = [];
  readonly expiry: number[] = [];
  readonly strike: number[] = [];
  readonly right: number[] = [];
  /** Made when a file turns out not to be sorted: until then a ticker greater than the last one is new. */
  #index: Map<string, number> | undefined;
  #last = '';
  readonly #underlyingIndex = new Map<string, number>();

  indexOf(name: string): number | undefined {
    if (this.#index === undefined) {
      if (name > this.#last) return undefined;
      this.#index = new Map(this.names.map((known, index) => [known, index]));
    }
    return this.#index.get(name);
  }

  add(name: string, facts: TickerFacts): number {
    const index = this.names.length;
    this.#index?.set(name, index);
    this.#last = name;
    this.names.push(name);
    let underlying = this.#underlyingIndex.get(facts.underlying);
    if (underlying === undefined) {
      underlying = this.underlyings.length;
      this.#underlyingIndex.set(facts.underlying, underlying);
      this.underlyings.push(facts.underlying);
    }
    this.underlying.push(underlying);
    this.expiry.push(facts.expiry);
    this.strike.push(facts.strike);
    this.right.push(facts.right);
    return index;
  }
}

/** Runs of one ticker: where each begins. Grows by doubling. */
export class Runs {
  #start = new Uint32Array(1024);
  #ticker = new Uint32Array(1024);
  count = 0;

  push(row: number, ticker: number): void {
    if (this.count === this.#start.length) {
      this.#start = wider(this.#start);
      this.#ticker = wider(this.#ticker);
    }
    this.#start[this.count] = row;
    this.#ticker[this.count] = ticker;
    this.count += 1;
  }

  get start(): Uint32Array {
    return this.#start.subarray(0, this.count);
  }

  get ticker(): Uint32Array {
    return this.#ticker.subarray(0, this.count);
  }
}

function wider(old: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(old.length * 2);
  next.set(old);
  return next;
}
