import { nyDate, nyInstant, nyTime } from '@trading-agent/calendar';
import { type MarketDate, type Micros, addDays, formatRfc3339, micros } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import type { IndicatorQuery, MarketDataCollector } from '@trading-agent/market-data';

/** What a question may depend on; days are always given. */
export interface ShowRequest {
  readonly symbol: string;
  readonly from: MarketDate;
  readonly to: MarketDate;
  /** The instant of a chain; the present unless given. */
  readonly at?: Micros;
  readonly timespan: 'minute' | 'hour' | 'day';
  readonly raw: boolean;
  readonly window?: number;
  readonly limit: number;
}

export type ShowRow = Readonly<Record<string, string | number | boolean | null>>;
export interface ShowAnswer {
  readonly rows: readonly ShowRow[];
  /** Of bars: sessions without a row, which nobody could say to be quiet ones. */
  readonly missing?: readonly MarketDate[];
}
type Question = (collector: MarketDataCollector, request: ShowRequest) => Promise<ShowAnswer>;

/** Every question that the collector answers, by its name on the command line. */
export const QUESTIONS = {
  bars: async ({ stocks, options, aggregation }, request) => {
    const { symbol, from, to, timespan, raw } = request;
    const asked = { symbol, from, to, timespan: timespan === 'day' ? ('day' as const) : ('minute' as const) };
    const { bars, missing } = await (OPTION.test(symbol)
      ? options.bars(asked)
      : stocks.bars(raw ? { ...asked, asOf: 'raw' } : asked));
    const rows = (timespan === 'hour' ? aggregation.coarser(bars, { seconds: 3_600 }) : bars).map(barRow);
    return { rows, missing };
  },
  chain: async ({ options }, { symbol, at }) => {
    const chain = await options.chain({ underlying: symbol, ...(at !== undefined && { at }) });
    return told(
      chain.map(({ contract, quote }) => ({
        symbol: contract.symbol,
        expiry: contract.expiry,
        right: contract.right,
        strike: contract.strike,
        bid: quote.bid,
        bidSize: quote.bidSize,
        ask: quote.ask,
        askSize: quote.askSize,
        at: formatRfc3339(quote.at),
      })),
    );
  },
  sma: async ({ technical }, request) => told(values(await technical.sma(indicator(request)))),
  ema: async ({ technical }, request) => told(values(await technical.ema(indicator(request)))),
  rsi: async ({ technical }, request) => told(values(await technical.rsi(indicator(request)))),
  macd: async ({ technical }, request) =>
    told(
      (await technical.macd(indicator(request))).map(({ at, value, signal, histogram }) => ({
        at: formatRfc3339(at),
        value,
        signal,
        histogram,
      })),
    ),
  dividends: async ({ market }, { symbol, from, to }) =>
    told(
      (await market.dividends({ symbol, after: addDays(from, -1), until: to, asOf: to })).map(
        ({ exDate, amount, currency, kind, declared, paid }) => ({ exDate, amount, currency, kind, declared, paid }),
      ),
    ),
  'expected-dividends': async ({ market }, { symbol, from, to }) =>
    told((await market.expectedDividends(symbol, from, to)).map((one) => ({ ...one }))),
  splits: async ({ market }, { symbol, from, to }) =>
    told(
      (await market.splits(symbol, addDays(from, -1), to)).map(({ date, from: old, to: fresh }) => ({
        date,
        from: old,
        to: fresh,
      })),
    ),
  yields: async ({ market }, { to }) => {
    const curve = await market.yields(to);
    return told(curve ? [{ date: curve.date, ...curve.yields }] : []);
  },
  sessions: ({ market }, { from, to }) => {
    const rows: ShowRow[] = [];
    for (
      let date = market.session(from) ? from : market.nextSession(from);
      date <= to;
      date = market.nextSession(date)
    ) {
      const session = market.session(date);
      if (session) rows.push({ date, open: nyTime(session.open), close: nyTime(session.close) });
    }
    return Promise.resolve(told(rows));
  },
  status: async ({ market }) => {
    const { state, at, early, late, exchanges } = await market.marketStatus();
    return told([{ state, at: formatRfc3339(at), early, late, ...exchanges }]);
  },
  holidays: async ({ market }) =>
    told((await market.holidays()).map(({ date, exchange, name, status }) => ({ date, exchange, name, status }))),
  ticker: async ({ market }, { symbol, to }) => told([flat(await market.ticker(symbol, to))]),
  exchanges: async ({ market }) => told((await market.exchanges('options')).map(flat)),
  conditions: async ({ market }) => told((await market.conditions('options')).map(flat)),
  snapshot: async ({ market }, { symbol }) => {
    const { rows } = await market.snapshots([symbol]);
    return told(
      rows.map(({ quote, session, ...row }) => ({
        ...flat(row),
        bid: quote?.bid ?? null,
        ask: quote?.ask ?? null,
        previousClose: session?.previousClose ?? null,
        changePercent: session?.changePercent ?? null,
      })),
    );
  },
  news: async ({ market }, { symbol, from, to, limit }) => {
    const during = { from: nyInstant(from, '00:00'), to: micros(nyInstant(addDays(to, 1), '00:00') - 1) };
    return told(
      (await market.news({ symbol, ...during, limit })).map(({ at, title, publisher, insights }) => ({
        at: formatRfc3339(at),
        sentiment: insights.find((insight) => insight.symbol === symbol)?.sentiment ?? null,
        publisher,
        title,
      })),
    );
  },
} satisfies Readonly<Record<string, Question>>;
export type QuestionName = keyof typeof QUESTIONS;

function told(rows: readonly ShowRow[]): ShowAnswer {
  return { rows };
}

const OPTION = /^[A-Z][A-Z0-9]{0,5}\d{6}[CP]\d{8}$/;

function indicator({ symbol, from, to, timespan, window, raw, limit }: ShowRequest): IndicatorQuery {
  return { symbol, from, to, timespan, adjusted: !raw, limit, ...(window !== undefined && { window }) };
}

function values(found: readonly { readonly at: Micros; readonly value: number }[]): readonly ShowRow[] {
  return found.map(({ at, value }) => ({ at: formatRfc3339(at), value }));
}

function barRow({ start, open, high, low, close, volume }: Bar): ShowRow {
  return { date: nyDate(start), time: nyTime(start), open, high, low, close, volume };
}

/** The simple members of an answer; lists and parts are left to `--json` of commands of their own. */
function flat(answer: object): ShowRow {
  const simple = Object.entries(answer).flatMap(([name, value]): [string, string | number | boolean | null][] =>
    value === null || ['string', 'number', 'boolean'].includes(typeof value) ? [[name, value]] : [],
  );
  return Object.fromEntries(simple);
}
