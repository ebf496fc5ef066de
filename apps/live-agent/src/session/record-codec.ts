import { type Json, marketDate, micros, TradingError, usdFromMicros } from '@trading-agent/core';
import type { SessionRecord } from '@trading-agent/engine';
import { optionSymbol } from '@trading-agent/instruments';
import { z } from 'zod';

const numbers = z.record(z.string(), z.number());
const usdSchema = z.number().transform(usdFromMicros);
const instant = z.number().transform(micros);

const reason = z.object({ rule: z.string(), text: z.string() });

const structure = z.object({
  id: z.string().min(1),
  strategy: z.string().min(1),
  conviction: z.enum(['strong', 'moderate', 'none']),
  rolls: z.int().min(0),
  underlying: z.string().min(1),
  legs: z
    .array(
      z.object({
        symbol: z.string().transform(optionSymbol),
        ratio: z.int().min(1),
        intent: z.enum(['buy_to_open', 'sell_to_open', 'buy_to_close', 'sell_to_close']),
      }),
    )
    .min(1),
  expiry: z.string().transform(marketDate),
  shares: z.int().min(0),
  maxLossPerUnit: usdSchema,
  committedPerUnit: usdSchema,
  open: z.int().min(1),
  entryNet: z.number(),
  openedAt: instant.nullable(),
  realized: usdSchema,
  attempts: z.int().min(0),
  broken: z.boolean(),
  leaving: reason.exactOptional(),
});

const trade = z.object({
  underlying: z.string(),
  closedAt: instant,
  profit: usdSchema,
  stopped: z.boolean(),
  dayTrade: z.boolean(),
});

const recordSchema = z.object({
  structures: z.array(structure),
  shares: numbers,
  shareCosts: numbers.default({}),
  leaving: z.record(z.string(), z.object({ quantity: z.int().min(1), reason, realized: usdSchema })).default({}),
  foreign: numbers,
  structureCount: z.int().min(0),
  closedTrades: z.array(trade),
  volatility: numbers,
  endingAt: numbers.default({}),
  unsettled: z.string().nullable().default(null),
});

/** @throws {TradingError} `JOURNAL_CORRUPT` when it is not what a session leaves. */
export function decodeRecord(stored: Json): SessionRecord {
  const parsed = recordSchema.safeParse(stored);
  if (parsed.success) return parsed.data;
  throw new TradingError('JOURNAL_CORRUPT', 'What an earlier session left of its holdings can not be read', {
    hint: 'Restore the data folder from a backup; nothing is traded on what is not known.',
    cause: parsed.error,
  });
}
