import {
  type Clock,
  type MarketDate,
  type Random,
  TradingError,
  addDays,
  formatRfc3339,
  seededRandom,
} from '@trading-agent/core';
import type { OptionSymbol } from '@trading-agent/instruments';
import {
  type ActionQuery,
  type ContractFilter,
  type IndicatorQuery,
  type InstrumentSnapshot,
  type MacdQuery,
  type ReferenceData,
  type RequestBudget,
  type RequestPriority,
  type SnapshotAnswer,
  type TickQuery,
  dayWindow,
  marketDateOf,
} from '@trading-agent/market-data';
import { baseUrl, type Log, realSleep, silentLog, type Sleep } from '@trading-agent/transport';
import { type PolygonCounters, newCounters } from '../counters.ts';
import { RestClient } from '../http/client.ts';
import { assetClass, wireTicker } from './fields.ts';
import { parseDividend, parseNews, parseSplit, parseTreasury } from './parse-actions.ts';
import {
  parseCondition,
  parseExchange,
  parseHoliday,
  parseListedContract,
  parseMarketStatus,
  parseTicker,
  parseTickerDetails,
} from './parse-listings.ts';
import {
  parseBar,
  parseDaySummary,
  parseGroupedBar,
  parseIndicator,
  parseLastQuote,
  parseLastTrade,
  parseMacd,
  parseQuote,
  parseTrade,
} from './parse-market.ts';
import { parseInstrumentSnapshot, parseOptionSnapshot, parseStockSnapshot, refusal } from './parse-snapshots.ts';
import { type Question, Questions } from './question.ts';

export interface PolygonReferenceOptions {
  /** `https://api.massive.com`, or a simulator. */
  readonly restUrl: string;
  /** The revealed key: sent in a header, never in a URL, never logged. */
  readonly apiKey: string;
  readonly clock: Clock;
  readonly logger?: Log;
  /** Per request; 10,000 by default. */
  readonly timeoutMs?: number;
  /** Jitter of back-offs; seeded with the clock by default. */
  readonly random?: Random;
  /** How back-offs wait; the machine's timer by default. */
  readonly sleep?: Sleep;
  /** The account's request budget: a token for every page and every repeat. Without one nothing holds requests back. */
  readonly budget?: Pick<RequestBudget, 'take'>;
  /** Of everything that is asked here; `scan` unless given. */
  readonly priority?: RequestPriority;
}

/** Everything that Polygon/Massive answers over REST, with what a status page wants to know beside the port. */
export interface PolygonReference extends ReferenceData {
  /** What the plan was found not to cover: `all`, or the youngest day that was refused. */
  entitlements(): Readonly<Record<string, string>>;
  counters(): Readonly<PolygonCounters>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Most instruments that one universal snapshot takes. */
const MOST_TICKERS = 250;
const NEWS_PAGE = 1_000;
const MOST_VALUES = 5_000;

/**
 * Nothing is asked before the first call.
 * @throws {TradingError} `CONFIG_INVALID` for a URL that would send the key in clear over a network, `CREDENTIALS_MISSING` without a key.
 */
export function createPolygonReference(options: PolygonReferenceOptions): PolygonReference {
  if (options.apiKey === '') {
    throw new TradingError('CREDENTIALS_MISSING', 'Market data needs a key', {
      hint: 'Set POLYGON_API_KEY, or ask a simulator.',
    });
  }
  const { clock, budget, priority } = options;
  const counters = newCounters();
  const log = options.logger ?? silentLog;
  const rest = new RestClient({
    baseUrl: baseUrl('polygon.restUrl', options.restUrl, 'http'),
    apiKey: options.apiKey,
    timeoutMs: options.timeoutMs ?? 10_000,
    clock,
    random: options.random ?? seededRandom(`polygon-reference/${clock.now()}`),
    sleep: options.sleep ?? realSleep,
    log,
    counters,
    ...(budget && { budget }),
    ...(priority && { priority }),
  });
  const ask = new Questions(rest, counters, log);
  /** What lies wholly in the past changes rarely (corrections, splits); what touches today is asked anew. */
  const past = (last: MarketDate): number => (last < marketDateOf(clock.now()) ? HOUR : 0);

  const indicator = (name: string, query: IndicatorQuery | MacdQuery): Question => ({
    path: `/v1/indicators/${name}/${encoded(query.symbol)}`,
    query: {
      timespan: query.timespan ?? 'day',
      series_type: query.of ?? 'close',
      adjusted: query.adjusted ?? true,
      'timestamp.gte': query.from,
      'timestamp.lt': query.to && addDays(query.to, 1),
      order: 'desc',
      limit: Math.min(MOST_VALUES, query.limit ?? MOST_VALUES),
    },
    at: ['results', 'values'],
    needs: `${assetClass(query.symbol)} indicators`,
    ...(query.from && { from: query.from }),
  });
  const average = async (name: 'sma' | 'ema' | 'rsi', query: IndicatorQuery) => {
    const question = indicator(name, query);
    const window = query.window ?? (name === 'rsi' ? 14 : 50);
    const values = await ask.all({ ...question, query: { ...question.query, window } }, parseIndicator, query.limit);
    return values.reverse();
  };

  const snapshotAnswer = async (
    path: string,
    needs: string,
    symbols: readonly string[],
  ): Promise<SnapshotAnswer<InstrumentSnapshot>> => {
    const rows: InstrumentSnapshot[] = [];
    const refused: { readonly symbol: string; readonly reason: string }[] = [];
    const unique = [...new Set(symbols)];
    for (let from = 0; from < unique.length; from += MOST_TICKERS) {
      const tickers = unique.slice(from, from + MOST_TICKERS).map(wireTicker);
      const answers = await ask.all(
        { path, needs, query: { 'ticker.any_of': tickers.join(','), limit: MOST_TICKERS } },
        (row, note) => refusal(row) ?? parseInstrumentSnapshot(row, note),
      );
      for (const answer of answers) {
        if ('reason' in answer) refused.push(answer);
        else rows.push(answer);
      }
    }
    const because = (reason: string): string[] =>
      refused.filter((row) => row.reason === reason).map(({ symbol }) => symbol);
    return {
      rows,
      notFound: because('NOT_FOUND'),
      notEntitled: because('NOT_ENTITLED'),
      refused: refused.filter(({ reason }) => reason !== 'NOT_FOUND' && reason !== 'NOT_ENTITLED'),
    };
  };

  return {
    contracts: (query) =>
      ask.all(
        {
          path: '/v3/reference/options/contracts',
          query: {
            underlying_ticker: query.underlying,
            as_of: query.asOf,
            expired: query.expired,
            ...filter(query),
            sort: 'ticker',
            order: 'asc',
            limit: 1_000,
          },
          needs: 'options contracts',
          maxAgeMs: query.asOf ? past(query.asOf) : 0,
        },
        parseListedContract,
      ),

    contract: (symbol, asOf) =>
      ask.thing(
        {
          path: `/v3/reference/options/contracts/${encoded(symbol)}`,
          query: { as_of: asOf },
          needs: 'options contracts',
          maxAgeMs: HOUR,
        },
        parseListedContract,
      ),

    chain: (query) =>
      ask.all(
        {
          path: `/v3/snapshot/options/${encodeURIComponent(query.underlying)}`,
          query: { ...filter(query), sort: 'ticker', order: 'asc', limit: 250 },
          needs: 'options snapshots',
        },
        parseOptionSnapshot,
      ),

    optionSnapshot: (underlying, symbol) =>
      ask.thing(
        {
          path: `/v3/snapshot/options/${encodeURIComponent(underlying)}/${encoded(symbol)}`,
          needs: 'options snapshots',
        },
        parseOptionSnapshot,
      ),

    snapshots: (symbols) => snapshotAnswer('/v3/snapshot', 'universal snapshots', symbols),
    indices: (symbols) => snapshotAnswer('/v3/snapshot/indices', 'indices snapshots', symbols),

    stockSnapshot: (symbol) =>
      ask.thing(
        {
          path: `/v2/snapshot/locale/us/markets/stocks/tickers/${encoded(symbol)}`,
          needs: 'stocks snapshots',
          at: ['ticker'],
        },
        parseStockSnapshot,
      ),

    async bars({ symbol, timespan, multiplier = 1, from, to, adjusted = true }) {
      const rows = await ask.all(
        {
          path: `/v2/aggs/ticker/${encoded(symbol)}/range/${multiplier}/${timespan}/${from}/${to}`,
          query: { adjusted, sort: 'asc', limit: 50_000 },
          needs: `${assetClass(symbol)} bars`,
          from,
          maxAgeMs: past(to),
        },
        (row) => parseBar(symbol, timespan, multiplier, row),
      );
      // Pages of aggregates are cut by time and may overlap: one bar per window, oldest first.
      const byStart = new Map(rows.map((bar) => [bar.start, bar]));
      return [...byStart.values()].sort((a, b) => a.start - b.start);
    },

    async previousBar(symbol) {
      const rows = await ask.list(
        { path: `/v2/aggs/ticker/${encoded(symbol)}/prev`, needs: `${assetClass(symbol)} bars`, maxAgeMs: MINUTE },
        (row) => parseBar(symbol, 'day', 1, row),
      );
      return rows[0] ?? null;
    },

    groupedBars: (date) =>
      ask.list(
        {
          path: `/v2/aggs/grouped/locale/us/market/stocks/${date}`,
          query: { adjusted: true },
          needs: 'stocks grouped bars',
          from: date,
          maxAgeMs: past(date),
        },
        (row) => parseGroupedBar(dayWindow(date), row),
      ),

    daySummary: (symbol, date) =>
      ask.thing(
        {
          path: `/v1/open-close/${encoded(symbol)}/${date}`,
          query: { adjusted: true },
          needs: `${assetClass(symbol)} bars`,
          from: date,
          at: [],
          maxAgeMs: past(date),
        },
        parseDaySummary,
      ),

    trades: (query) => ask.pages(ticks('trades', query), (row) => parseTrade(query.symbol, row)),
    quotes: (query) => ask.pages(ticks('quotes', query), (row) => parseQuote(query.symbol, row)),
    lastTrade: (symbol) =>
      ask.thing({ path: `/v2/last/trade/${encoded(symbol)}`, needs: `${assetClass(symbol)} trades` }, parseLastTrade),
    lastQuote: (symbol) =>
      ask.thing({ path: `/v2/last/nbbo/${encoded(symbol)}`, needs: `${assetClass(symbol)} quotes` }, (row) =>
        parseLastQuote(symbol, row),
      ),

    sma: (query) => average('sma', query),
    ema: (query) => average('ema', query),
    rsi: (query) => average('rsi', query),
    async macd(query) {
      const question = indicator('macd', query);
      const windows = {
        short_window: query.shortWindow ?? 12,
        long_window: query.longWindow ?? 26,
        signal_window: query.signalWindow ?? 9,
      };
      const values = await ask.all({ ...question, query: { ...question.query, ...windows } }, parseMacd, query.limit);
      return values.reverse();
    },

    marketStatus: () => ask.thing({ path: '/v1/marketstatus/now', needs: 'market status', at: [] }, parseMarketStatus),
    holidays: () =>
      ask.list({ path: '/v1/marketstatus/upcoming', needs: 'market status', at: [], maxAgeMs: HOUR }, parseHoliday),
    exchanges: (asset) =>
      ask.list(
        {
          path: '/v3/reference/exchanges',
          query: { asset_class: asset, locale: 'us' },
          needs: 'reference',
          maxAgeMs: 24 * HOUR,
        },
        parseExchange,
      ),
    conditions: (asset) =>
      ask.all(
        {
          path: '/v3/reference/conditions',
          query: { asset_class: asset, limit: 1_000 },
          needs: 'reference',
          maxAgeMs: 24 * HOUR,
        },
        parseCondition,
      ),
    tickers: (query) =>
      ask.all(
        {
          path: '/v3/reference/tickers',
          query: {
            ticker: query.symbol,
            market: query.market,
            type: query.type,
            search: query.search,
            active: query.active,
            date: query.asOf,
            sort: 'ticker',
            order: 'asc',
            limit: Math.min(1_000, query.limit ?? 1_000),
          },
          needs: 'reference',
          maxAgeMs: HOUR,
        },
        parseTicker,
        query.limit,
      ),
    ticker: (symbol, asOf) =>
      ask.thing(
        {
          path: `/v3/reference/tickers/${encoded(symbol)}`,
          query: { date: asOf },
          needs: 'reference',
          maxAgeMs: HOUR,
        },
        parseTickerDetails,
      ),

    dividends: (query) => ask.all(actions('/v3/reference/dividends', 'ex_dividend_date', query), parseDividend),
    splits: (query) => ask.all(actions('/v3/reference/splits', 'execution_date', query), parseSplit),
    async treasuryYields(from, to) {
      const rows = await ask.all(
        {
          path: '/fed/v1/treasury-yields',
          query: { 'date.gte': from, 'date.lte': to, sort: 'date.asc', limit: 50_000 },
          needs: 'treasury yields',
          maxAgeMs: HOUR,
        },
        parseTreasury,
      );
      return rows
        .filter(({ yields }) => Object.keys(yields).length > 0)
        .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
    },
    news: ({ symbol, from, to, limit = 100 }) =>
      ask.all(
        {
          path: '/v2/reference/news',
          query: {
            ticker: symbol,
            'published_utc.gte': from === undefined ? undefined : formatRfc3339(from),
            'published_utc.lte': to === undefined ? undefined : formatRfc3339(to),
            sort: 'published_utc',
            order: 'desc',
            limit: Math.min(NEWS_PAGE, limit),
          },
          needs: 'news',
          maxAgeMs: MINUTE,
        },
        parseNews,
        limit,
      ),

    quarantine: () => ask.rows.quarantine(),
    entitlements: () => ask.entitlements.list(),
    counters: () => ({ ...counters }),
    close(): Promise<void> {
      rest.close();
      return Promise.resolve();
    },
  };
}

function encoded(symbol: string | OptionSymbol): string {
  return encodeURIComponent(wireTicker(symbol));
}

function filter(query: ContractFilter): NonNullable<Question['query']> {
  return {
    contract_type: query.right,
    'expiration_date.gte': query.expiryFrom,
    'expiration_date.lte': query.expiryTo,
    'strike_price.gte': query.strikeFrom,
    'strike_price.lte': query.strikeTo,
  };
}

function ticks(kind: 'trades' | 'quotes', query: TickQuery): Question {
  const { symbol, during, order = 'asc', pageSize = 50_000 } = query;
  const whole = typeof during === 'string';
  return {
    path: `/v3/${kind}/${encoded(symbol)}`,
    query: {
      ...(whole ? { timestamp: during } : { 'timestamp.gte': String(during.from), 'timestamp.lt': String(during.to) }),
      order,
      sort: 'timestamp',
      limit: pageSize,
    },
    needs: `${assetClass(symbol)} ${kind}`,
    ...(whole && { from: during }),
  };
}

function actions(path: string, dated: string, { symbol, from, to }: ActionQuery): Question {
  return {
    path,
    query: { ticker: symbol, [`${dated}.gte`]: from, [`${dated}.lte`]: to, sort: dated, order: 'asc', limit: 1_000 },
    needs: 'corporate actions',
    maxAgeMs: HOUR,
  };
}
