import { type ReferenceData, type TickQuery, dayWindow } from '@trading-agent/market-data';
import { assetClass } from './fields.ts';
import {
  parseBar,
  parseDaySummary,
  parseGroupedBar,
  parseLastQuote,
  parseLastTrade,
  parseQuote,
  parseTrade,
} from './parse-market.ts';
import type { Question } from './question.ts';
import { encoded, MINUTE, type Sources } from './sources.ts';

/** Bars, trades and quotes (PROVIDERS A5, A6). */
export function barsAndTicks({
  ask,
  past,
}: Sources): Pick<
  ReferenceData,
  'bars' | 'previousBar' | 'groupedBars' | 'daySummary' | 'trades' | 'quotes' | 'lastTrade' | 'lastQuote'
> {
  return {
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
