import { marketDate } from '@trading-agent/core';
import { z } from 'zod';
import type { DeepReadonly } from './deep-readonly.ts';

/** A ticker as the exchanges write it: `SPY`, `BRK.B`. */
export const tickerSchema = z
  .string()
  .regex(/^[A-Z]{1,6}(\.[A-Z])?$/, 'a ticker in capitals such as SPY or BRK.B')
  .meta({ allowed: 'a ticker in capitals such as SPY or BRK.B' });

const dateSchema = z
  .string()
  .transform((text, context) => {
    try {
      return marketDate(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'a day such as 2026-04-30', params: { found: text } });
      return z.NEVER;
    }
  })
  .meta({ allowed: 'a day such as 2026-04-30' });

const SECTORS = [
  'broad-market',
  'communication',
  'consumer-discretionary',
  'consumer-staples',
  'energy',
  'financials',
  'health-care',
  'industrials',
  'technology',
] as const;

type Kind = 'etf' | 'stock';
type Sector = (typeof SECTORS)[number];

const symbol = (name: string, sector: Sector, kind: Kind = 'stock') => ({ name, kind, sector });

const CATALOG = {
  SPY: symbol('SPDR S&P 500 ETF Trust', 'broad-market', 'etf'),
  QQQ: symbol('Invesco QQQ Trust', 'broad-market', 'etf'),
  IWM: symbol('iShares Russell 2000 ETF', 'broad-market', 'etf'),
  AAPL: symbol('Apple', 'technology'),
  MSFT: symbol('Microsoft', 'technology'),
  TSLA: symbol('Tesla', 'consumer-discretionary'),
  NVDA: symbol('NVIDIA', 'technology'),
  AMZN: symbol('Amazon.com', 'consumer-discretionary'),
  GOOGL: symbol('Alphabet, class A', 'communication'),
  META: symbol('Meta Platforms', 'communication'),
  NFLX: symbol('Netflix', 'communication'),
  ADBE: symbol('Adobe', 'technology'),
  CRM: symbol('Salesforce', 'technology'),
  PYPL: symbol('PayPal', 'financials'),
  AMD: symbol('Advanced Micro Devices', 'technology'),
  INTC: symbol('Intel', 'technology'),
  DIS: symbol('Walt Disney', 'communication'),
  BA: symbol('Boeing', 'industrials'),
  JPM: symbol('JPMorgan Chase', 'financials'),
  JNJ: symbol('Johnson & Johnson', 'health-care'),
  PG: symbol('Procter & Gamble', 'consumer-staples'),
  UNH: symbol('UnitedHealth Group', 'health-care'),
  XOM: symbol('Exxon Mobil', 'energy'),
  V: symbol('Visa', 'financials'),
  HD: symbol('Home Depot', 'consumer-discretionary'),
  KO: symbol('Coca-Cola', 'consumer-staples'),
} satisfies Record<string, ReturnType<typeof symbol>>;

export const symbolsSchema = z.strictObject({
  exclude: z
    .array(tickerSchema)
    .max(1_000)
    .default([])
    .describe('Tickers that are never traded, whatever the tier lists.'),
  selection: z
    .strictObject({
      maxSpread: z
        .number()
        .gt(0)
        .max(2)
        .default(0.15)
        .describe('Median spread of the options near the money, at most this part of their midpoint.'),
      minOpenInterest: z.int().min(0).max(1e9).default(500).describe('Open contracts near the money, where known.'),
      minVolume: z.int().min(0).max(1e9).default(100).describe('Contracts traded near the money today, where known.'),
      earningsDays: z.int().min(0).max(60).default(2).describe('No new trade this many days or fewer before earnings.'),
      exDividendDays: z
        .int()
        .min(0)
        .max(60)
        .default(1)
        .describe('No new sold call this many days or fewer before an ex-dividend date.'),
      requestsPerMinute: z
        .number()
        .min(0)
        .max(1_000)
        .default(1)
        .describe('Market-data requests that one symbol needs in the minute of a decision.'),
      requestsPerDay: z
        .number()
        .min(0)
        .max(100_000)
        .default(80)
        .describe('Market-data requests that one symbol needs in a session.'),
    })
    .prefault({})
    .describe('What a symbol of the tier must offer to be traded today.'),
  earnings: z
    .record(tickerSchema, z.array(dateSchema).max(100))
    .default({})
    .describe('Days on which companies report, by ticker, as YYYY-MM-DD: where no market data tells them.'),
  catalog: z
    .record(
      tickerSchema,
      z.strictObject({
        name: z.string().min(1).describe('Name of the company or fund.'),
        kind: z.enum(['etf', 'stock']).describe('What the ticker is.'),
        sector: z.enum(SECTORS).describe('Sector, for spreading risk.'),
      }),
    )
    .default(CATALOG)
    .describe('What is known of each ticker.'),
});

/** What a symbol must offer to be traded today. */
export type SelectionSettings = DeepReadonly<z.output<typeof symbolsSchema>['selection']>;
