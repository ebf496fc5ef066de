import type { ReferenceData } from '@trading-agent/market-data';
import {
  parseCondition,
  parseExchange,
  parseHoliday,
  parseMarketStatus,
  parseTicker,
  parseTickerDetails,
} from './parse-listings.ts';
import { DAY, encoded, HOUR, type Sources } from './sources.ts';

/** The market's state, its calendar, and who and what is listed (PROVIDERS A8). */
export function listings({
  ask,
}: Sources): Pick<ReferenceData, 'marketStatus' | 'holidays' | 'exchanges' | 'conditions' | 'tickers' | 'ticker'> {
  return {
    marketStatus: () => ask.thing({ path: '/v1/marketstatus/now', needs: 'market status', at: [] }, parseMarketStatus),
    holidays: () =>
      ask.list({ path: '/v1/marketstatus/upcoming', needs: 'market status', at: [], maxAgeMs: HOUR }, parseHoliday),
    exchanges: (asset) =>
      ask.list(
        {
          path: '/v3/reference/exchanges',
          query: { asset_class: asset, locale: 'us' },
          needs: 'reference',
          maxAgeMs: DAY,
        },
        parseExchange,
      ),
    conditions: (asset) =>
      ask.all(
        {
          path: '/v3/reference/conditions',
          query: { asset_class: asset, limit: 1_000 },
          needs: 'reference',
          maxAgeMs: DAY,
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
  };
}
