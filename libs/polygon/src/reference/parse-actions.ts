import { marketDate, microsFromRfc3339 } from '@trading-agent/core';
import {
  type Dividend,
  type NewsArticle,
  type Split,
  TREASURY_TENORS,
  type TreasuryTenor,
  type TreasuryYields,
} from '@trading-agent/market-data';
import { z } from 'zod';
import { type Note, maybeDate, maybeNumber, maybeText, number, oneOf, part, texts } from './fields.ts';

const dividend = z.looseObject({
  id: maybeText,
  ticker: z.string().min(1),
  cash_amount: number,
  currency: maybeText,
  dividend_type: maybeText,
  distribution_type: maybeText,
  ex_dividend_date: z.string(),
  declaration_date: maybeText,
  record_date: maybeText,
  pay_date: maybeText,
  frequency: maybeNumber,
});
/** Words of `/v3/reference/dividends` and of the newer `/stocks/v1/dividends`. */
const DIVIDEND_KINDS: Readonly<Record<string, Dividend['kind']>> = {
  CD: 'regular',
  SC: 'special',
  LT: 'long-term-gain',
  ST: 'short-term-gain',
  recurring: 'regular',
  special: 'special',
};

export function parseDividend(row: unknown): Dividend {
  const parsed = dividend.parse(row);
  const word = parsed.dividend_type ?? parsed.distribution_type ?? '';
  return {
    id: parsed.id,
    symbol: parsed.ticker,
    amount: parsed.cash_amount,
    currency: parsed.currency,
    kind: (Object.hasOwn(DIVIDEND_KINDS, word) ? DIVIDEND_KINDS[word] : undefined) ?? 'other',
    exDate: marketDate(parsed.ex_dividend_date),
    declared: maybeDate(parsed.declaration_date),
    recorded: maybeDate(parsed.record_date),
    paid: maybeDate(parsed.pay_date),
    frequency: parsed.frequency,
  };
}

const split = z.looseObject({
  id: maybeText,
  ticker: z.string().min(1),
  execution_date: z.string(),
  split_from: z.number().positive(),
  split_to: z.number().positive(),
});

/** A row of `/v3/reference/splits` or `/stocks/v1/splits`. */
export function parseSplit(row: unknown): Split {
  const { id, ticker, execution_date, split_from, split_to } = split.parse(row);
  return { id, symbol: ticker, date: marketDate(execution_date), from: split_from, to: split_to };
}

const WIRE_TENORS: Readonly<Record<TreasuryTenor, string>> = {
  '1m': 'yield_1_month',
  '2m': 'yield_2_month',
  '3m': 'yield_3_month',
  '6m': 'yield_6_month',
  '1y': 'yield_1_year',
  '2y': 'yield_2_year',
  '3y': 'yield_3_year',
  '5y': 'yield_5_year',
  '7y': 'yield_7_year',
  '10y': 'yield_10_year',
  '20y': 'yield_20_year',
  '30y': 'yield_30_year',
};
const treasury = z.looseObject({ date: z.string() });

/** A row of `/fed/v1/treasury-yields`, in percent on the wire. A tenor that was not published is left out. */
export function parseTreasury(row: unknown, note: Note): TreasuryYields {
  const parsed = treasury.parse(row);
  const yields: Partial<Record<TreasuryTenor, number>> = {};
  for (const tenor of tenors()) {
    const percent = part(maybeNumber, parsed[WIRE_TENORS[tenor]], WIRE_TENORS[tenor], note);
    if (percent !== null) yields[tenor] = percent / 100;
  }
  return { date: marketDate(parsed.date), yields };
}

function tenors(): readonly TreasuryTenor[] {
  return Object.keys(TREASURY_TENORS).filter((tenor): tenor is TreasuryTenor => Object.hasOwn(WIRE_TENORS, tenor));
}

const article = z.looseObject({
  id: z.string().min(1),
  title: maybeText,
  published_utc: z.string(),
  author: maybeText,
  article_url: maybeText,
  description: maybeText,
  tickers: texts,
  keywords: texts,
  publisher: z.unknown().optional(),
  insights: z.unknown().optional(),
});
const publisher = z.looseObject({ name: maybeText });
const insights = z.array(z.looseObject({ ticker: z.string(), sentiment: maybeText, sentiment_reasoning: maybeText }));

/** A row of `/v2/reference/news`. */
export function parseNews(row: unknown, note: Note): NewsArticle {
  const parsed = article.parse(row);
  return {
    id: parsed.id,
    at: microsFromRfc3339(parsed.published_utc),
    title: parsed.title ?? '',
    publisher: part(publisher, parsed.publisher, 'publisher', note)?.name ?? null,
    author: parsed.author,
    url: parsed.article_url,
    description: parsed.description,
    symbols: parsed.tickers,
    keywords: parsed.keywords,
    insights: (part(insights, parsed.insights, 'insights', note) ?? []).map((insight) => ({
      symbol: insight.ticker,
      sentiment: oneOf(['positive', 'neutral', 'negative'], insight.sentiment),
      reasoning: insight.sentiment_reasoning,
    })),
  };
}
