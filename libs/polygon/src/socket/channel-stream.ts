import { type Clock, type Micros, type Random, TradingError } from '@trading-agent/core';
import type { Quote, Ticker } from '@trading-agent/instruments';
import {
  type Backfill,
  Continuity,
  EventOrder,
  type FeedChannel,
  type FeedEvent,
  type GapCause,
  type MuteLimits,
  MuteWatch,
  type Numbering,
  type NumberedTrade,
  type StreamKind,
  type StreamSymbols,
  type Subscribed,
} from '@trading-agent/market-data';
import type { Log, Sleep } from '@trading-agent/transport';
import type { PolygonCounters } from '../counters.ts';
import { reasonOf } from '../reference/fields.ts';
import { Connection, type ConnectionEvents } from './connection.ts';
import { type Fields, readEvent, readQuote } from './messages.ts';
import type { FeedProgress, FeedStatus, SubscriptionNotice } from './status.ts';
import type { StreamQuarantine } from './stream-quarantine.ts';
import { type HostOffer, isCapped, kindOfEvent, parameterOf, readParameter, requireOffered } from './topics.ts';

export interface ChannelStreamOptions {
  readonly channel: FeedChannel;
  /** Of the cluster. */
  readonly url: string;
  readonly host: HostOffer;
  /** How many connections the plan allows on this cluster. */
  readonly connections: number;
  /** Contracts that each of them has quotes (and fair values) of at the most. */
  readonly slots: number;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly log: Log;
  readonly counters: PolygonCounters;
  readonly quarantine: StreamQuarantine;
  readonly backfill: Backfill;
  readonly numbering: Numbering;
  readonly muteLimits: MuteLimits;
  readonly emit: (event: FeedEvent & { readonly channel: FeedChannel }) => void;
  readonly onStatus: (status: FeedStatus) => void;
  readonly onProgress: (progress: FeedProgress) => void;
  readonly onNotice: (notice: SubscriptionNotice) => void;
  readonly onFatal: (error: TradingError) => void;
}

/** One connection with what is known of its holes. */
interface Line {
  readonly connection: Connection;
  readonly watch: MuteWatch;
  readonly heard: Set<StreamKind>;
  /** The hole that a loss has torn, until everything is asked for again. */
  hole: string | null;
  /** Symbols that were not acknowledged anew, and the hole that stays open for them. */
  readonly unheard: Set<string>;
  unheardHole: string | null;
  muteSince: Micros | null;
}

const PAUSE_MS = 5_000;

/**
 * One channel: its connections, what is subscribed on which, and its events in an order that can be used. Losses, silence and missing numbers
 * become gaps, which are filled by REST as far as that goes.
 */
export class ChannelStream {
  readonly #options: ChannelStreamOptions;
  readonly #order = new EventOrder();
  readonly #continuity: Continuity;
  readonly #lines: Line[] = [];
  readonly #closing = new AbortController();

  constructor(options: ChannelStreamOptions) {
    this.#options = options;
    const { channel, backfill, counters, emit, sleep } = options;
    this.#continuity = new Continuity({
      channel,
      series: String(options.clock.now()),
      backfill,
      emit: (event) => {
        if (event.kind === 'gap' && event.gap.state === 'open') counters.gaps++;
        emit({ ...event, channel });
      },
      subscribed: () => this.#subscribed(),
      isNewTrade: (trade) => this.#order.trade(trade.symbol, trade.at, trade.sequence) !== 'duplicate',
      pause: () => sleep(PAUSE_MS, this.#closing.signal).catch(() => undefined),
    });
    for (let index = 0; index < Math.max(1, options.connections); index++) this.#lines.push(this.#line());
  }

  /** Opens the first connection; others follow when there is no room on it. @throws {TradingError} `FEED_AUTH`, `FEED_UNAVAILABLE`, `TIMEOUT`. */
  open(): Promise<void> {
    const [first] = this.#lines;
    return first === undefined ? Promise.resolve() : first.connection.open();
  }

  get isOpened(): boolean {
    return this.#lines.some(({ connection }) => connection.isOpened);
  }

  /**
   * Adds to what is subscribed; resolves when acknowledged.
   * @param since from when on nothing may be missing
   * @throws {TradingError} `FEED_NOT_ENTITLED`, `OUT_OF_RANGE`, `TIMEOUT`, `FEED_BAD_REQUEST`, `CANCELLED`
   */
  async add(kind: StreamKind, symbols: StreamSymbols, since?: Micros): Promise<void> {
    const names = this.#names(kind, symbols);
    const shares = this.#place(kind, names);
    const hole =
      since === undefined || names.length === 0
        ? null
        : this.#continuity.open('late', names, since, `${kind} are subscribed from now on`);
    try {
      await Promise.all([...shares].map(([line, parameters]) => this.#subscribe(line, parameters)));
    } catch (error) {
      if (hole !== null) void this.#continuity.close(hole, this.#options.clock.now(), names);
      throw error;
    }
    if (hole !== null) void this.#continuity.close(hole, this.#options.clock.now());
  }

  /** Makes `symbols` all that is subscribed of a kind: takes back what is not among them, adds what is missing. Throws as `add` does. */
  async select(kind: StreamKind, symbols: StreamSymbols): Promise<void> {
    const wanted = new Set(this.#names(kind, symbols).map((symbol) => parameterOf(kind, symbol)));
    const leaving = this.#lines.map((line) => {
      const over = [...line.connection.wanted].filter(
        (parameter) => readParameter(parameter).kind === kind && !wanted.has(parameter),
      );
      const left = line.connection.unsubscribe(over);
      for (const parameter of over) this.#noLongerUnheard(line, parameter);
      this.#expect(line);
      return left;
    });
    await Promise.all([...leaving, this.add(kind, symbols)]);
  }

  /** Looks for silence; called every few seconds. */
  check(now: Micros): void {
    for (const line of this.#lines) {
      // A connection that is away has a gap already.
      const silence = line.connection.isReady ? line.watch.check(now) : null;
      if (silence === null) continue;
      line.muteSince = silence.since;
      line.watch.restart(now);
      line.connection.drop(`mute: no ${silence.kind} for more than ${silence.limitSeconds} seconds`);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#lines.map(({ connection }) => connection.close()));
  }

  #line(): Line {
    const { channel, muteLimits } = this.#options;
    const line: Line = {
      connection: new Connection({ ...this.#options, events: this.#events(() => line) }),
      watch: new MuteWatch(channel, muteLimits),
      heard: new Set(),
      hole: null,
      unheard: new Set(),
      unheardHole: null,
      muteSince: null,
    };
    return line;
  }

  #events(own: () => Line): ConnectionEvents {
    const { channel, clock, counters, onFatal, onNotice, onProgress, onStatus, quarantine } = this.#options;
    return {
      quote: (quote, sequence) => this.#quote(own(), quote, sequence),
      fields: (fields) => this.#fields(own(), fields),
      malformed: (text, reason) => {
        if (reason === 'not JSON') counters.malformedFrames++;
        else counters.malformedEvents++;
        quarantine.add(`/${channel}`, reason, text);
      },
      frame: (at) => {
        const line = own();
        for (const kind of line.heard) line.watch.heard(kind, at);
        line.heard.clear();
        onProgress({ channel, received: this.#received() });
      },
      ready: (reconnected) => {
        own().watch.restart(clock.now());
        onStatus({ channel, state: 'ready', at: clock.now(), reconnected });
      },
      renewed: (unheard) => this.#renewed(own(), unheard),
      acknowledged: (parameter) => this.#noLongerUnheard(own(), parameter),
      lost: (error, retryInMs, lastHeard, wasReady) => {
        if (wasReady) this.#lost(own(), error, lastHeard);
        onStatus({ channel, state: 'lost', at: clock.now(), reason: error.message, retryInMs });
      },
      closed: () => onStatus({ channel, state: 'closed', at: clock.now() }),
      notice: (what, parameters) => onNotice({ channel, at: clock.now(), what, parameters }),
      fatal: onFatal,
    };
  }

  #quote(line: Line, quote: Quote, sequence: number): void {
    const { channel, counters, emit, numbering } = this.#options;
    line.heard.add('quotes');
    if (numbering === 'dense') counters.missingNumbers += this.#order.missingQuotes(quote.symbol, quote.at, sequence);
    const place = this.#order.quote(quote.symbol, quote.at, sequence);
    if (place === 'next') emit({ kind: 'quote', quote, channel });
    else if (place === 'duplicate') counters.duplicates++;
    else counters.outOfOrder++;
  }

  #fields(line: Line, fields: Fields): void {
    const { channel, counters, quarantine } = this.#options;
    const kind = kindOfEvent(fields['ev']);
    if (kind === undefined) {
      counters.unknownEvents++;
      return;
    }
    line.heard.add(kind);
    try {
      if (kind === 'quotes') {
        const { quote, sequence } = readQuote(fields);
        this.#quote(line, quote, sequence);
      } else {
        const { event, sequence } = readEvent(fields);
        this.#event(event, sequence);
      }
    } catch (error) {
      counters.malformedEvents++;
      quarantine.add(`/${channel}`, reasonOf(error), JSON.stringify(fields));
    }
  }

  #event(event: ReturnType<typeof readEvent>['event'], sequence: number): void {
    const { channel, counters, emit } = this.#options;
    if (event.kind !== 'trade' && event.kind !== 'bar') return emit({ ...event, channel });
    const place = event.kind === 'bar' ? this.#order.bar(event.bar) : this.#placeOf({ ...event.trade, sequence });
    if (place === 'duplicate') {
      counters.duplicates++;
      return undefined;
    }
    if (place === 'late') counters.outOfOrder++;
    return this.#continuity.next(event);
  }

  #placeOf(trade: NumberedTrade): ReturnType<EventOrder['trade']> {
    const { symbol, at, sequence } = trade;
    if (this.#options.numbering === 'dense') {
      const missing = this.#order.missingTrades(symbol, at, sequence);
      if (missing > 0) {
        this.#options.counters.missingNumbers += missing;
        const from = this.#continuity.lastTrade(symbol) ?? at;
        const hole = this.#continuity.open('sequence', [symbol], from, `${missing} trades before number ${sequence}`);
        void this.#continuity.close(hole, at);
      }
    }
    return this.#order.trade(symbol, at, sequence);
  }

  #lost(line: Line, error: TradingError, lastHeard: Micros): void {
    const cause: GapCause = line.muteSince === null ? 'connection' : 'mute';
    const from = line.muteSince ?? lastHeard;
    line.muteSince = null;
    if (line.hole !== null) return this.#continuity.reopen(line.hole, error.message);
    if (line.connection.wanted.size === 0) return undefined;
    line.hole = this.#continuity.open(cause, this.#symbolsOf(line), from, error.message);
    return undefined;
  }

  #renewed(line: Line, unheard: readonly string[]): void {
    const { clock } = this.#options;
    const now = clock.now();
    if (line.unheardHole === null && unheard.length > 0) {
      const symbols = [...new Set(unheard.map((parameter) => readParameter(parameter).symbol))].sort();
      line.unheardHole = this.#continuity.open(
        'connection',
        symbols,
        now,
        'the subscription was not acknowledged anew',
      );
    }
    for (const parameter of unheard) line.unheard.add(parameter);
    const { hole } = line;
    line.hole = null;
    if (hole !== null) void this.#continuity.close(hole, now);
  }

  /** The last subscription that was missing has come, or is not wanted any more. */
  #noLongerUnheard(line: Line, parameter: string): void {
    if (!line.unheard.delete(parameter) || line.unheard.size > 0 || line.unheardHole === null) return;
    const hole = line.unheardHole;
    line.unheardHole = null;
    void this.#continuity.close(hole, this.#options.clock.now());
  }

  async #subscribe(line: Line, parameters: readonly string[]): Promise<void> {
    // A second connection is opened when it is needed first; until then it would take one of the account's.
    if (!line.connection.isOpened && line !== this.#lines[0]) await line.connection.open();
    try {
      await line.connection.subscribe(parameters);
    } finally {
      this.#expect(line);
    }
  }

  #expect(line: Line): void {
    line.watch.expect(
      [...line.connection.wanted].map((parameter) => readParameter(parameter).kind),
      this.#options.clock.now(),
    );
  }

  /** Which connection asks for what: where it is asked for already, else where there is room, the first one first. */
  #place(kind: StreamKind, symbols: readonly Ticker[]): ReadonlyMap<Line, readonly string[]> {
    const { channel, slots } = this.#options;
    const capped = isCapped(channel, kind);
    const room = new Map(this.#lines.map((line) => [line, capped ? slots - line.connection.used(kind) : Infinity]));
    const shares = new Map<Line, string[]>();
    const fresh = symbols.map((symbol) => parameterOf(kind, symbol));
    const known = fresh.filter((parameter) => this.#lines.some(({ connection }) => connection.wanted.has(parameter)));
    const total = [...room.values()].reduce((sum, value) => sum + value, 0);
    if (fresh.length - known.length > total) {
      const limit = slots * this.#lines.length;
      const asked = limit - total + fresh.length - known.length;
      throw new TradingError(
        'OUT_OF_RANGE',
        `At most ${limit} contracts can have ${kind} on ${this.#lines.length} connections, asked for ${asked}`,
        { hint: 'Subscribe to fewer strikes or expiries.', details: { kind, asked, limit } },
      );
    }
    for (const parameter of fresh) {
      const line =
        this.#lines.find(({ connection }) => connection.wanted.has(parameter)) ??
        this.#lines.find((candidate) => (room.get(candidate) ?? 0) > 0);
      if (line === undefined) throw new TradingError('INTERNAL', `No room for ${parameter}`);
      if (!line.connection.wanted.has(parameter)) room.set(line, (room.get(line) ?? 0) - 1);
      const share = shares.get(line);
      if (share === undefined) shares.set(line, [parameter]);
      else share.push(parameter);
    }
    return shares;
  }

  #names(kind: StreamKind, symbols: StreamSymbols): readonly Ticker[] {
    const { channel, host } = this.#options;
    const isEvery = 'allOf' in symbols;
    requireOffered(channel, kind, isEvery, host);
    return isEvery ? ['*'] : [...new Set(symbols)];
  }

  #subscribed(): Subscribed {
    const minuteBars: Ticker[] = [];
    const trades: Ticker[] = [];
    const unfillable: Ticker[] = [];
    for (const { connection } of this.#lines) {
      for (const parameter of connection.wanted) {
        const { kind, symbol } = readParameter(parameter);
        if (kind === 'second-bars' || (symbol === '*' && (kind === 'minute-bars' || kind === 'trades')))
          unfillable.push(symbol);
        else if (kind === 'minute-bars') minuteBars.push(symbol);
        else if (kind === 'trades') trades.push(symbol);
      }
    }
    return { minuteBars, trades, unfillable };
  }

  /** The symbols of a connection for a gap; none, which is all of the channel, when it is the only one or has a wildcard. */
  #symbolsOf(line: Line): readonly Ticker[] {
    if (this.#lines.filter(({ connection }) => connection.wanted.size > 0).length < 2) return [];
    const symbols = [
      ...new Set([...line.connection.wanted].map((parameter) => readParameter(parameter).symbol)),
    ].sort();
    return symbols.includes('*') ? [] : symbols;
  }

  #received(): number {
    return this.#lines.reduce((sum, { connection }) => sum + connection.received, 0);
  }
}
