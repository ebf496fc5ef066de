import { formatRfc3339 } from '@trading-agent/core';
import type { ActionQuery, ReferenceData } from '@trading-agent/market-data';
import { parseDividend, parseNews, parseSplit, parseTreasury } from './parse-actions.ts';
import type { Question } from './question.ts';
import { HOUR, MINUTE, type Sources } from './sources.ts';

const NEWS_PAGE = 1_000;

/** Corporate actions, yields and news (PROVIDERS A8). */
export function actionsAndNews({
  ask,
}: Sources): Pick<ReferenceData, 'dividends' | 'splits' | 'treasuryYields' | 'news'> {
  return {
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
