import { addDays } from '@trading-agent/core';
import type { IndicatorQuery, MacdQuery, TechnicalAnalysis } from '@trading-agent/market-data';
import { assetClass } from './fields.ts';
import { parseIndicator, parseMacd } from './parse-market.ts';
import type { Question } from './question.ts';
import { encoded, type Sources } from './sources.ts';

const MOST_VALUES = 5_000;

/** The vendor's own technical indicators (PROVIDERS A7). */
export function indicators({ ask }: Sources): TechnicalAnalysis {
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

  return {
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
  };
}
