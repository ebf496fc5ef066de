import { nyDate, session } from '@trading-agent/calendar';
import { MICROS_PER_MINUTE, formatRfc3339, type Micros, micros, toTradingError } from '@trading-agent/core';
import type { Bar, Ticker, Trade } from '@trading-agent/instruments';
import type { FeedChannel, FeedEvent } from './feed-event.ts';
import type { FeedGap, GapCause } from './gap.ts';

/** A trade with the vendor's number, negative when it gave none. */
export interface NumberedTrade extends Trade {
  readonly sequence: number;
}

/** Where the events of a hole can be had afterwards. Each call may cost requests of the account's budget. */
export interface Backfill {
  /** Minute bars whose windows end after `from` and not after `to`, oldest first. */
  minuteBars(symbol: Ticker, from: Micros, to: Micros): Promise<readonly Bar[]>;
  /** Trades from `from` to `to`, both inclusive, oldest first. */
  trades(symbol: Ticker, from: Micros, to: Micros): Promise<readonly NumberedTrade[]>;
}

/** What of a symbol is subscribed and can be missing. */
export interface Subscribed {
  readonly minuteBars: readonly Ticker[];
  readonly trades: readonly Ticker[];
  /** Symbols with bars of seconds, and `*` for what is subscribed of all symbols: they can't be filled. */
  readonly unfillable: readonly Ticker[];
}

export interface ContinuityOptions {
  readonly channel: FeedChannel;
  /** Sets the ids of these holes apart from those of an earlier process: its start, for instance. */
  readonly series: string;
  readonly backfill: Backfill;
  readonly subscribed: () => Subscribed;
  /** Bars, trades and gaps in the order in which they may be used. */
  readonly emit: (event: FeedEvent) => void;
  /** Asked right before a trade is told: `false` when it was told before or waits to be. */
  readonly isNewTrade: (trade: NumberedTrade) => boolean;
  /** Waits between two looks for a bar that the vendor may not have computed yet. */
  readonly pause: () => Promise<void>;
  /** Symbols that are filled with trades after one loss; the rest is told as unfilled. 50 unless given. */
  readonly mostTradeSymbols?: number;
}

interface Hole {
  readonly id: string;
  readonly cause: GapCause;
  readonly symbols: readonly Ticker[];
  readonly from: Micros;
  reason: string;
  /** Counts up when the hole opens again while it is being filled. */
  round: number;
}

const LOOKS = 3;
const MOST_HELD = 100_000;
const MOST_TRADE_SYMBOLS = 50;

type Held = Extract<FeedEvent, { kind: 'bar' | 'trade' }>;

/** What was asked for afterwards: either a bar or a trade. */
interface Missed {
  readonly at: Micros;
  readonly bar?: Bar;
  readonly trade?: NumberedTrade;
}

/**
 * Keeps the bars and trades of one channel without holes, or says where the holes are. While a hole is open, what arrives of its symbols is kept
 * back; when the stream is whole again the missing bars and trades are asked for, told in the order of time before what was kept back, and
 * the gap is closed with the symbols that could not be filled. Quotes are not kept back: the latest counts, and `to` says from when.
 */
export class Continuity {
  readonly #options: ContinuityOptions;
  readonly #holes = new Map<string, Hole>();
  readonly #lastBarEnd = new Map<Ticker, Micros>();
  readonly #lastTradeAt = new Map<Ticker, Micros>();
  readonly #overflowed = new Set<Ticker>();
  #held: Held[] = [];
  #opened = 0;

  constructor(options: ContinuityOptions) {
    this.#options = options;
  }

  /** Takes a bar or trade that arrived. */
  next(event: Held): void {
    if (this.#holes.size > 0 && this.#covers(symbolOf(event))) {
      this.#hold(event);
      return;
    }
    this.#tell(event);
  }

  /** A hole begins: of `symbols`, or of the whole channel when there are none. @returns what `close` and `reopen` are given */
  open(cause: GapCause, symbols: readonly Ticker[], from: Micros, reason: string): string {
    const id = `${this.#options.channel}/${this.#options.series}/${++this.#opened}`;
    const hole: Hole = { id, cause, symbols, from, reason, round: 0 };
    this.#holes.set(id, hole);
    this.#options.emit({ kind: 'gap', gap: this.#gap(hole, null, []) });
    return id;
  }

  /** The same hole goes on: what is being filled is not the end of it. */
  reopen(id: string, reason: string): void {
    const hole = this.#holes.get(id);
    if (hole === undefined) return;
    hole.round += 1;
    hole.reason = reason;
  }

  /**
   * From `to` on everything arrives again: fills the hole as far as it can be filled and closes it. Never rejects: what can't be had is told as
   * unfilled. Does nothing when the hole opens again meanwhile.
   * @param alsoUnfilled symbols of which the caller knows that they can't be filled
   */
  async close(id: string, to: Micros, alsoUnfilled: readonly Ticker[] = []): Promise<void> {
    const hole = this.#holes.get(id);
    if (hole === undefined) return;
    const round = hole.round;
    const { filled, unfilled, reasons } = await this.#fill(hole, to);
    if (this.#holes.get(id) !== hole || hole.round !== round) return;
    for (const symbol of alsoUnfilled) unfilled.add(symbol);
    for (const { bar, trade } of filled) {
      if (bar !== undefined) this.#tell({ kind: 'bar', bar });
      // What was told before the hole, or waits to be told, is told once.
      else if (trade !== undefined && this.#options.isNewTrade(trade))
        this.#tell({ kind: 'trade', trade: plain(trade) });
    }
    this.#holes.delete(id);
    this.#release();
    for (const symbol of this.#overflowed) unfilled.add(symbol);
    if (this.#holes.size === 0) this.#overflowed.clear();
    if (reasons.length > 0) hole.reason = `${hole.reason}; not filled: ${reasons.join(', ')}`;
    this.#options.emit({ kind: 'gap', gap: this.#gap(hole, to, [...unfilled].sort()) });
  }

  /** Time of the last trade of a symbol that was told. */
  lastTrade(symbol: Ticker): Micros | undefined {
    return this.#lastTradeAt.get(symbol);
  }

  async #fill(
    hole: Hole,
    to: Micros,
  ): Promise<{
    readonly filled: readonly Missed[];
    readonly unfilled: Set<Ticker>;
    readonly reasons: readonly string[];
  }> {
    const { subscribed, mostTradeSymbols = MOST_TRADE_SYMBOLS } = this.#options;
    const { minuteBars, trades, unfillable } = subscribed();
    const here = (symbol: Ticker): boolean => hole.symbols.length === 0 || hole.symbols.includes(symbol);
    const filled: Missed[] = [];
    const unfilled = new Set(unfillable.filter(here));
    const reasons = new Set<string>();
    if (unfilled.size > 0) reasons.add('what is subscribed for all symbols, or by the second');
    const doubts: { readonly symbol: Ticker; readonly first: Micros; readonly last: Micros }[] = [];
    for (const symbol of minuteBars.filter(here)) {
      try {
        const { bars, missing } = await this.#barsOf(symbol, this.#lastBarEnd.get(symbol) ?? hole.from, to);
        for (const bar of bars) filled.push({ at: bar.end, bar });
        const [first, last] = [missing[0], missing.at(-1)];
        if (first !== undefined && last !== undefined) doubts.push({ symbol, first, last });
      } catch (error) {
        reasons.add(`${symbol}: ${toTradingError(error).message}`);
        unfilled.add(symbol);
      }
    }
    // Of what the vendor answered alone: the stream may be ahead of it.
    const computed = filled.reduce((latest, { at }) => Math.max(latest, at), 0);
    for (const { symbol, first, last } of doubts) {
      if (last <= computed || (await this.#hadNoTrade(symbol, first, last))) continue;
      reasons.add(`${symbol} has no bar of the minute that ends at ${formatRfc3339(first)}`);
      unfilled.add(symbol);
    }
    for (const [index, symbol] of trades.filter(here).entries()) {
      try {
        if (index >= mostTradeSymbols) throw new Error(`more than ${mostTradeSymbols} symbols with trades`);
        const from = this.#lastTradeAt.get(symbol) ?? hole.from;
        for (const trade of await this.#options.backfill.trades(symbol, from, to)) filled.push({ at: trade.at, trade });
      } catch (error) {
        reasons.add(
          index >= mostTradeSymbols ? toTradingError(error).message : `${symbol}: ${toTradingError(error).message}`,
        );
        unfilled.add(symbol);
      }
    }
    filled.sort((a, b) => a.at - b.at);
    return { filled, unfilled, reasons: [...reasons] };
  }

  /**
   * A minute without a bar is a minute without a trade, or one that the vendor has not computed yet. Bars are computed in order, so that a later
   * one of the same answer tells that nothing was traded before it; `missing` are the minutes after the last bar, looked for three times.
   */
  async #barsOf(
    symbol: Ticker,
    from: Micros,
    to: Micros,
  ): Promise<{ readonly bars: readonly Bar[]; readonly missing: readonly Micros[] }> {
    const expected = minutesBetween(from, to);
    if (expected.length === 0) return { bars: [], missing: [] };
    for (let look = 1; ; look++) {
      const bars = await this.#options.backfill.minuteBars(symbol, from, to);
      const last = bars.at(-1)?.end ?? 0;
      const missing = expected.filter((end) => end > last && !this.#isHeld(symbol, end));
      if (missing.length === 0 || look >= LOOKS) return { bars, missing };
      await this.#options.pause();
    }
  }

  /** After the looks: the tape itself has no trade of these minutes. One that it has may be of a kind that makes no bar: doubt stays. */
  async #hadNoTrade(symbol: Ticker, first: Micros, last: Micros): Promise<boolean> {
    try {
      const begin = micros(first - MICROS_PER_MINUTE);
      return (await this.#options.backfill.trades(symbol, begin, micros(last - 1))).length === 0;
    } catch {
      // Whoever can't ask does not know.
      return false;
    }
  }

  #isHeld(symbol: Ticker, end: Micros): boolean {
    return this.#held.some((event) => event.kind === 'bar' && event.bar.symbol === symbol && event.bar.end === end);
  }

  #covers(symbol: Ticker): boolean {
    for (const { symbols } of this.#holes.values()) if (symbols.length === 0 || symbols.includes(symbol)) return true;
    return false;
  }

  #hold(event: Held): void {
    if (this.#held.length >= MOST_HELD) {
      // Told out of order and marked, rather than kept for ever.
      this.#overflowed.add(symbolOf(event));
      this.#tell(event);
      return;
    }
    this.#held.push(event);
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const event of held) {
      if (this.#covers(symbolOf(event))) this.#held.push(event);
      else if (!this.#isToldMinute(event)) this.#tell(event);
    }
  }

  /** The minute that the fill has told already. */
  #isToldMinute(event: Held): boolean {
    if (event.kind !== 'bar' || event.bar.end - event.bar.start !== MICROS_PER_MINUTE) return false;
    return event.bar.end <= (this.#lastBarEnd.get(event.bar.symbol) ?? 0);
  }

  #tell(event: Held): void {
    if (event.kind === 'bar') {
      const { bar } = event;
      if (bar.end - bar.start === MICROS_PER_MINUTE) {
        const last = this.#lastBarEnd.get(bar.symbol) ?? 0;
        if (bar.end > last) this.#lastBarEnd.set(bar.symbol, bar.end);
      }
    } else {
      const last = this.#lastTradeAt.get(event.trade.symbol) ?? 0;
      if (event.trade.at > last) this.#lastTradeAt.set(event.trade.symbol, event.trade.at);
    }
    this.#options.emit(event);
  }

  #gap({ id, cause, symbols, from, reason }: Hole, to: Micros | null, unfilled: readonly Ticker[]): FeedGap {
    const state = to === null ? 'open' : 'closed';
    return { id, channel: this.#options.channel, state, cause, symbols, from, to, unfilled, reason };
  }
}

/** The ends of the regular session's minutes after `from` and not after `to`. */
function minutesBetween(from: Micros, to: Micros): readonly Micros[] {
  const ends: Micros[] = [];
  const first = Math.floor(from / MICROS_PER_MINUTE) * MICROS_PER_MINUTE + MICROS_PER_MINUTE;
  for (let end = first; end <= to; end += MICROS_PER_MINUTE) {
    const today = session(nyDate(micros(end)));
    if (today !== undefined && end > today.open && end <= today.close) ends.push(micros(end));
  }
  return ends;
}

function plain({ symbol, at, price, size }: NumberedTrade): Trade {
  return { symbol, at, price, size };
}

function symbolOf(event: Held): Ticker {
  return event.kind === 'bar' ? event.bar.symbol : event.trade.symbol;
}
