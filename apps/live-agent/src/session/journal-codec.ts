import { type Json, micros, TradingError } from '@trading-agent/core';
import { approve, type RiskApproved } from '@trading-agent/broker';
import type { EngineEvent } from '@trading-agent/engine';
import type { JournalEntry } from '@trading-agent/store';
import { z } from 'zod';

/** Plain data of a value that consists of nothing else; members that are `undefined` are left out. */
export function asJson(value: object): Json {
  const plain: Json = JSON.parse(JSON.stringify(value));
  return plain;
}

/** The payload of the clock entry that ends a step. */
const clockSchema = z.object({ type: z.literal('clock'), at: z.number(), step: z.number().int() });

/** Entries are our own writing: the discriminator and the containers are checked, their members are taken as they were written. */
const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('session'), at: z.number(), session: z.record(z.string(), z.unknown()) }),
  z.object({ type: z.literal('market'), at: z.number(), quotes: z.array(z.unknown()), bars: z.array(z.unknown()) }),
  z.object({
    type: z.literal('gap'),
    at: z.number(),
    gap: z.object({ id: z.string(), symbols: z.array(z.string()) }).loose(),
  }),
  z.object({
    type: z.literal('broker'),
    at: z.number(),
    event: z.object({ kind: z.enum(['order', 'execution']) }).loose(),
  }),
  clockSchema,
  z.object({
    type: z.literal('operator'),
    at: z.number(),
    command: z.enum(['halt', 'flatten', 'resume']),
    by: z.string(),
    reason: z.string(),
  }),
]);

const isEvent = (payload: Json): payload is Json & EngineEvent => eventSchema.safeParse(payload).success;

/** @throws {TradingError} `JOURNAL_CORRUPT` when the entry is not an engine event. */
export function decodeEvent(entry: JournalEntry): EngineEvent {
  if (!isEvent(entry.payload))
    throw new TradingError('JOURNAL_CORRUPT', `Journal entry ${entry.seq} is not an engine event`, {
      details: { seq: entry.seq },
    });
  return entry.payload;
}

/** The step that a clock entry ended, `null` for every other entry. */
export function stepOf(entry: JournalEntry): number | null {
  const parsed = clockSchema.safeParse(entry.payload);
  return parsed.success ? parsed.data.step : null;
}

export const orderSchema = z.object({
  clientOrderId: z.string(),
  underlying: z.string(),
  legs: z.array(
    z.object({
      symbol: z.string(),
      ratio: z.number(),
      intent: z.enum(['buy_to_open', 'buy_to_close', 'sell_to_open', 'sell_to_close']),
    }),
  ),
  quantity: z.number(),
  type: z.enum(['limit', 'market']),
  limit: z.number().nullable(),
  timeInForce: z.literal('day'),
});
const checksSchema = z.array(
  z.object({
    rule: z.string(),
    passed: z.boolean(),
    actual: z.number(),
    limit: z.number(),
    unit: z.enum(['usd', 'percent', 'count', 'seconds', 'ratio']),
  }),
);
const submitSchema = z.object({ at: z.number(), order: orderSchema, checks: checksSchema });
const cancelSchema = z.object({ clientOrderId: z.string() });

export interface SubmitInstruction {
  readonly at: ReturnType<typeof micros>;
  readonly approved: RiskApproved;
}

/**
 * The order of an outbox row with its evidence, approved anew.
 * @throws {TradingError} `JOURNAL_CORRUPT` when the row is not one, `ORDER_NOT_APPROVED` when its evidence does not hold.
 */
export function decodeSubmit(payload: Json): SubmitInstruction {
  const parsed = submitSchema.safeParse(payload);
  if (!parsed.success)
    throw new TradingError('JOURNAL_CORRUPT', 'An outbox row does not hold an order', { cause: parsed.error });
  const { at, order, checks } = parsed.data;
  return {
    at: micros(at),
    approved: approve(order, checks),
  };
}

export function decodeCancel(payload: Json): string {
  const parsed = cancelSchema.safeParse(payload);
  if (!parsed.success)
    throw new TradingError('JOURNAL_CORRUPT', 'An outbox row does not hold a cancel', { cause: parsed.error });
  return parsed.data.clientOrderId;
}
