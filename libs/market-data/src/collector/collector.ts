import { type Session, nextSession, nyDate, session, sessionsBetween } from '@trading-agent/calendar';
import { type Clock, type MarketDate, type Micros, TradingError, addDays } from '@trading-agent/core';
import {
  type Bar,
  type OptionContract,
  type Quote,
  compareContracts,
  optionContract,
} from '@trading-agent/instruments';
import { type ArchiveFeed, type ArchiveRow, type DataArchive, underlyingOf } from '../coverage/archive.ts';
import type { ContractQuery, MarketFeed } from '../feed.ts';
import { QuoteBook } from '../quote-book.ts';
import { barEnd } from '../reference/bars.ts';
import type { Dividend, Split, TreasuryYields } from '../reference/corporate-actions.ts';
import type { TechnicalAnalysis, TechnicalBars } from '../reference/indicators.ts';
import type { ReferenceData } from '../reference/reference-data.ts';
import { adjustedForSplits, dividendsBetween } from './adjustments.ts';
import { type ExpectedDividend, foretoldDividends } from './expected-dividends.ts';
import type { KnownReference } from '../known-reference/known-reference.ts';
import { type Window, barsFromTrades, coarser } from './aggregation.ts';

export interface BarsRequest {
  /** Stock, option without prefix, or index (`I:SPX`). */
  readonly symbol: string;
  readonly timespan: 'minute' | 'day';
  readonly from: MarketDate;
  readonly to: MarketDate;
  /** Splits up to this day are applied, none after it; `to` unless given. `raw`: as traded, which options always are (a split renames them). */
  readonly asOf?: MarketDate | 'raw';
}

export interface CollectedBars {
  /** Oldest first. */
  readonly bars: readonly Bar[];
  /** Sessions that neither the archive nor the vendor has a row of: a hole or a quiet day. */
  readonly missing: readonly MarketDate[];
}

export interface ChainRow {
  readonly contract: OptionContract;
  /** The latest row at the instant; a side that is `null` was not quoted in it. */
  readonly quote: Quote;
}

/**
 * Market data behind one door, whether it was recorded or is asked of the vendor now. Nothing that became known after the instant or day of
 * a request is in its answer.
 */
export interface MarketDataCollector {
  /** @throws {TradingError} `FEED_UNAVAILABLE` when splits are to be applied and neither `actions` nor a vendor knows them. */
  readonly stocks: { bars(request: BarsRequest): Promise<CollectedBars> };
  readonly options: {
    bars(request: BarsRequest): Promise<CollectedBars>;
    /**
     * As it stood at an instant, from the archive alone: what a vendor shows now may be of after it. Without an instant as it stands now: of the vendor,
     * or the latest that the archive has of today.
     * @throws {TradingError} `DATA_DAY_MISSING` when there are no quotes of that day.
     */
    chain(request: { readonly underlying: string; readonly at?: Micros }): Promise<readonly ChainRow[]>;
    /** Those that were listed on `asOf`, of the vendor. */
    contracts(query: ContractQuery): Promise<readonly OptionContract[]>;
  };
  /** Computed from bars when the collector was given how, else asked of the vendor. @throws {TradingError} `FEED_UNAVAILABLE` without one, here and below. */
  readonly technical: TechnicalAnalysis;
  readonly market: Pick<
    ReferenceData,
    'marketStatus' | 'holidays' | 'exchanges' | 'conditions' | 'ticker' | 'tickers' | 'news' | 'snapshots'
  > & {
    session(date: MarketDate): Session | undefined;
    nextSession(date: MarketDate): MarketDate;
    /**
     * Dividends that go ex after `after`, up to `until`, and had been declared by `asOf`. One without a date of declaration counts as declared
     * on its ex-date.
     */
    dividends(query: DividendQuery): Promise<readonly Dividend[]>;
    /**
     * Cash that one share is expected to bring from tomorrow until `until`, seen from `date`: what had been declared before it, and beyond it what
     * the payments of the year before foretell (see `foretoldDividends`). Dollars per share, oldest first.
     */
    expectedDividends(symbol: string, date: MarketDate, until: MarketDate): Promise<readonly ExpectedDividend[]>;
    /** Splits that happened after `after`, up to `until`. */
    splits(symbol: string, after: MarketDate, until: MarketDate): Promise<readonly Split[]>;
    /** The curve published before `date`: that of the day itself comes after the close. */
    yields(date: MarketDate): Promise<TreasuryYields | null>;
  };
  readonly aggregation: {
    fromTrades: typeof barsFromTrades;
    coarser(bars: readonly Bar[], window: Window): readonly Bar[];
  };
  /**
   * The present as it comes: whoever listens connects it, and who made the feed closes it.
   * @throws {TradingError} `FEED_UNAVAILABLE` without a live feed.
   */
  live(): LiveMarket;
}

/** What of a feed is told by itself; whatever is asked for is asked of the collector. */
export type LiveMarket = Pick<MarketFeed, 'events' | 'connect' | 'subscribeBars' | 'selectQuotes'>;

export interface DividendQuery {
  readonly symbol: string;
  readonly after: MarketDate;
  readonly until: MarketDate;
  readonly asOf: MarketDate;
}

export interface CollectorSources {
  readonly clock: Clock;
  readonly archive?: DataArchive;
  readonly feed?: LiveMarket;
  readonly vendor?: ReferenceData;
  /** Splits, dividends and curves at hand; the vendor is asked for what they do not reach. */
  readonly known?: KnownReference;
  /** How indicators are computed from bars; the vendor's own are asked for when it is not given. */
  readonly technical?: (bars: TechnicalBars, today: () => MarketDate) => TechnicalAnalysis;
}

/** Days that a curve may be old: over the longest run of closed days. */
const CURVE_DAYS = 14;
/** A year of payments, and then some: a quarterly payer's fifth may come a little late. */
const YEAR = 400;

export function createMarketDataCollector(sources: CollectorSources): MarketDataCollector {
  const { clock, archive, feed, vendor, known } = sources;
  const need = (): ReferenceData => {
    if (vendor) return vendor;
    throw new TradingError('FEED_UNAVAILABLE', 'This needs a vendor, and none is connected', {
      hint: 'Give the collector a ReferenceData.',
    });
  };
  const bars = (request: BarsRequest): Promise<CollectedBars> => collectBars(sources, request);
  const today = (): MarketDate => nyDate(clock.now());
  const splits = async (
    symbol: string,
    from: MarketDate,
    to: MarketDate,
    asOf: MarketDate = to < today() ? to : today(),
  ): Promise<readonly Split[]> => {
    const found = known?.splits(symbol, from, to, asOf) ?? (await need().splits({ symbol, from, to }));
    return found.filter((split) => split.symbol === symbol && split.date >= from && split.date <= to);
  };
  const dividends = async ({ symbol, after, until, asOf }: DividendQuery): Promise<readonly Dividend[]> => {
    const from = addDays(after, 1);
    const found = known?.dividends(symbol, from, until, asOf) ?? (await need().dividends({ symbol, from, to: until }));
    return dividendsBetween(found, symbol, after, until).filter(({ declared, exDate }) => (declared ?? exDate) <= asOf);
  };
  const splitsOf = async ({ symbol, from, to, asOf = to }: BarsRequest): Promise<readonly Split[]> =>
    asOf === 'raw' || symbol.startsWith('I:') ? [] : splits(symbol, from, asOf);
  const stockBars = async (request: BarsRequest): Promise<CollectedBars> => {
    const { bars: raw, missing } = await bars(request);
    const { to, asOf = to } = request;
    return { bars: asOf === 'raw' ? raw : adjustedForSplits(raw, await splitsOf(request), asOf), missing };
  };
  const technicalBars: TechnicalBars = async ({ timespan, adjusted, ...window }) => {
    const asOf = adjusted && !isOption(window.symbol) ? window.to : 'raw';
    const request: BarsRequest = { ...window, asOf, timespan: timespan === 'day' ? 'day' : 'minute' };
    const { bars: found, missing } = await stockBars(request);
    const [first, last] = [found[0], found.at(-1)];
    // Where the data begin or end is no hole.
    const hole = first && last && missing.find((date) => date > nyDate(first.start) && date < nyDate(last.start));
    // A vendor that was asked and has none knows of a quiet day; of data alone nobody does. Many contracts have quiet days.
    if (hole !== undefined && !vendor && !isOption(window.symbol))
      throw new TradingError('DATA_DAY_MISSING', `There are no bars of ${window.symbol} on ${hole}`, {
        hint: 'Nothing is computed over a hole: get the day, or ask for a time after it.',
        details: { symbol: window.symbol, date: hole },
      });
    return timespan === 'hour' ? coarser(found, { seconds: 3_600 }) : found;
  };
  return {
    stocks: { bars: stockBars },
    options: {
      bars,
      async chain({ underlying, at }) {
        if (at === undefined && vendor) return chainRows(await vendor.chain({ underlying }));
        const until = at ?? clock.now();
        const date = nyDate(until);
        const recorded = archive && (await recordedChain(archive, underlying, date, until));
        if (recorded) return recorded;
        throw new TradingError('DATA_DAY_MISSING', `There are no option quotes of ${underlying} on ${date}`, {
          hint: 'Download and ingest the day, or ask for the present.',
          details: { underlying, date },
        });
      },
      async contracts({ underlying, asOf, expiryFrom, expiryTo }) {
        const listed = await need().contracts({ underlying, asOf, expiryFrom, expiryTo });
        return listed.map(({ contract }) => contract);
      },
    },
    technical: sources.technical?.(technicalBars, today) ?? {
      sma: async (query) => need().sma(query),
      ema: async (query) => need().ema(query),
      rsi: async (query) => need().rsi(query),
      macd: async (query) => need().macd(query),
    },
    market: {
      marketStatus: async () => need().marketStatus(),
      holidays: async () => need().holidays(),
      exchanges: async (assets) => need().exchanges(assets),
      conditions: async (assets) => need().conditions(assets),
      ticker: async (symbol, asOf) => need().ticker(symbol, asOf),
      tickers: async (query) => need().tickers(query),
      news: async (query) => need().news(query),
      snapshots: async (symbols) => need().snapshots(symbols),
      session,
      nextSession,
      dividends,
      async expectedDividends(symbol, date, until) {
        const told = await dividends({ symbol, after: addDays(date, -YEAR), until, asOf: date });
        const factors = await splits(symbol, addDays(date, -YEAR), until, date);
        // On a day of its own a board may speak after the close.
        const before = told.filter(({ declared, exDate }) => exDate <= date || declared !== date);
        return foretoldDividends(before, factors, date, until);
      },
      splits: (symbol, after, until) => splits(symbol, addDays(after, 1), until),
      async yields(date) {
        const since = addDays(date, -CURVE_DAYS);
        const before = addDays(date, -1);
        const curves = known?.curves(since, before) ?? (await need().treasuryYields(since, before));
        return curves.findLast((curve) => curve.date < date && curve.date >= since) ?? null;
      },
    },
    aggregation: { fromTrades: barsFromTrades, coarser },
    live() {
      if (feed) return feed;
      throw new TradingError('FEED_UNAVAILABLE', 'There is no live feed');
    },
  };
}

/** As they were traded. */
async function collectBars({ archive, vendor }: CollectorSources, request: BarsRequest): Promise<CollectedBars> {
  const { symbol, timespan, from, to } = request;
  const kind = timespan === 'minute' ? 'minute-bars' : 'day-bars';
  const feeds = archive?.feeds().filter((one) => one.kind === kind) ?? [];
  const underlyings = [underlyingOf('options', symbol) ?? underlyingOf('indices', symbol) ?? symbol];
  const found: Bar[] = [];
  const missing: MarketDate[] = [];
  for (const date of sessionsBetween(from, to)) {
    const before = found.length;
    for (const one of feeds) {
      await archive?.read(
        one,
        date,
        (row) => {
          const bar = toBar(row, symbol, timespan);
          if (bar) found.push(bar);
        },
        underlyings,
      );
    }
    if (found.length === before) missing.push(date);
  }
  const [first, last] = [missing[0], missing.at(-1)];
  let absent: readonly MarketDate[] = missing;
  if (vendor && first !== undefined && last !== undefined) {
    const holes = new Set(missing);
    // Raw, so that one adjustment as of one day holds for what was recorded and what is asked for.
    const asked = await vendor.bars({ symbol, timespan, from: first, to: last, adjusted: false });
    const filled = asked.filter((bar) => holes.has(nyDate(bar.start)));
    found.push(...filled);
    const has = new Set(filled.map((bar) => nyDate(bar.start)));
    absent = missing.filter((date) => !has.has(date));
  }
  found.sort((a, b) => a.start - b.start);
  return { bars: found, missing: absent };
}

function toBar(row: ArchiveRow, symbol: string, timespan: 'minute' | 'day'): Bar | undefined {
  if (row.kind !== 'minute-bars' && row.kind !== 'day-bars') return undefined;
  if (row.ticker !== symbol && row.ticker !== `O:${symbol}`) return undefined;
  const { at, open, high, low, close, volume } = row;
  return { symbol, start: at, end: barEnd(at, timespan), open, high, low, close, volume: volume ?? 0 };
}

/** Ticks before minute samples before hourly ones before a chain that was looked at once or twice a day. */
function finest(feeds: readonly ArchiveFeed[]): readonly ArchiveFeed[] {
  const coarse = ['1min', '1hour', 'snapshots'];
  const rank = ({ name }: ArchiveFeed): number => coarse.findIndex((one) => name.includes(one));
  return feeds.toSorted((a, b) => rank(a) - rank(b));
}

async function recordedChain(
  archive: DataArchive,
  underlying: string,
  date: MarketDate,
  at: Micros,
): Promise<readonly ChainRow[] | undefined> {
  const feeds = archive.feeds().filter(({ asset, kind }) => asset === 'options' && kind === 'quotes');
  for (const one of finest(feeds)) {
    const book = new QuoteBook();
    const contracts = new Map<string, OptionContract>();
    const quotes: Quote[] = [];
    let ticker = '';
    let contract: OptionContract | undefined;
    let met = false;
    await archive.read(one, date, (row) => {
      if (row.kind !== 'quotes') return;
      if (row.ticker !== ticker) {
        ticker = row.ticker;
        contract = underlyingOf('options', ticker) === underlying ? optionContract(ticker) : undefined;
      }
      if (!contract) return;
      met = true;
      if (row.at > at) return;
      contracts.set(contract.symbol, contract);
      quotes.push({ ...sides(row), symbol: contract.symbol, at: row.at });
    });
    if (!met) continue;
    for (const quote of quotes.sort((a, b) => a.at - b.at)) book.apply(quote);
    return [...contracts.values()].sort(compareContracts).flatMap((listed) => {
      const quote = book.quote(listed.symbol);
      return quote ? [{ contract: listed, quote }] : [];
    });
  }
  return undefined;
}

function sides(row: Extract<ArchiveRow, { kind: 'quotes' }>): Pick<Quote, 'bid' | 'bidSize' | 'ask' | 'askSize'> {
  const bid = row.bid !== null && row.bid > 0 ? row.bid : null;
  const ask = row.ask !== null && row.ask > 0 ? row.ask : null;
  return { bid, bidSize: bid === null ? 0 : row.bidSize, ask, askSize: ask === null ? 0 : row.askSize };
}

/** Contracts that nobody quotes are left out. */
function chainRows(
  rows: readonly { readonly contract: OptionContract; readonly quote: Quote | null }[],
): readonly ChainRow[] {
  return rows
    .flatMap(({ contract, quote }) => (quote ? [{ contract, quote }] : []))
    .sort((a, b) => compareContracts(a.contract, b.contract));
}

function isOption(symbol: string): boolean {
  return underlyingOf('options', symbol) !== null;
}
