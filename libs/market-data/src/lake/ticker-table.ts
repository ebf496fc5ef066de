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
    try {
      const { root, expiry, strike, right } = parseOptionSymbol(ticker);
      return {
        underlying: rootInfo(root).underlying,
        expiry: dayNumber(expiry),
        strike: Math.round(strike * 1000),
        right: right === 'call' ? 1 : 2,
      };
    } catch (error) {
      if (!isTradingError(error)) throw error;
      return `not an option ticker: "${ticker.slice(0, 40)}"`;
    }
  }
  const underlying = assets === 'indices' ? ticker.slice(2) : ticker;
  if (!(assets === 'indices' ? INDEX : STOCK).test(ticker)) return `not a ticker: "${ticker.slice(0, 40)}"`;
  return { underlying, expiry: 0, strike: 0, right: 0 };
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
  readonly #index = new Map<string, number>();
  readonly #underlyingIndex = new Map<string, number>();

  indexOf(name: string): number | undefined {
    return this.#index.get(name);
  }

  add(name: string, facts: TickerFacts): number {
    const index = this.names.length;
    this.#index.set(name, index);
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
