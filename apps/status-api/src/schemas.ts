import { z } from '@hono/zod-openapi';

/** The JSON that leaves the API. Money: dollars (micro-dollars / 1e6, exact to the sixth decimal). Times: RFC 3339, UTC, microseconds. */

const time = z.string().openapi({ example: '2015-12-24T14:31:00.000000Z' });
const dollars = z.number().openapi({ description: 'US dollars', example: 25000.5 });
const contract = z
  .object({
    root: z.string(),
    expiry: z.string().openapi({ example: '2015-12-24' }),
    right: z.enum(['call', 'put']),
    strike: z.number(),
  })
  .nullable()
  .openapi({ description: 'The parts of the OCC symbol; null when it is not an option symbol' });

export const errorSchema = z
  .object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }) })
  .openapi('Error');

export const healthSchema = z
  .object({
    status: z.enum(['ok', 'failing']),
    store: z.enum(['reachable', 'unreachable']),
    session: z.enum(['running', 'ended', 'none']),
    lastStepAgeSeconds: z
      .number()
      .nullable()
      .openapi({ description: 'Machine time since the session was last seen to move on' }),
    problems: z.array(z.string()),
  })
  .openapi('Health');

export const sessionSchema = z
  .object({
    id: z.string(),
    date: z.string(),
    state: z.enum(['running', 'ended']),
    startedAt: time,
    endedAt: time.nullable(),
  })
  .openapi('Session');

export const statusSchema = z
  .object({
    session: sessionSchema.nullable().openapi({ description: 'null before the first session' }),
    account: z.string().nullable(),
    tier: z.string().nullable(),
    mode: z.string().nullable().openapi({ example: 'paper' }),
    market: z.string().nullable().openapi({ example: 'replay' }),
    phase: z
      .enum(['pre', 'open', 'post', 'closed'])
      .nullable()
      .openapi({ description: 'Market phase at the last step, in market time' }),
    halfDay: z.boolean().nullable(),
    equity: dollars.nullable(),
    cash: dollars.nullable(),
    startEquity: dollars.nullable(),
    dayProfit: dollars.nullable().openapi({ description: 'equity - startEquity' }),
    dayReturn: z.number().nullable().openapi({ description: 'dayProfit / startEquity, a fraction' }),
    lastStepAt: time.nullable().openapi({ description: 'Market time; simulated in a replay' }),
    halted: z.object({ reason: z.string(), at: time.nullable() }).nullable(),
  })
  .openapi('Status');

export const positionSchema = z
  .object({
    symbol: z.string(),
    contract,
    quantity: z.number(),
    averagePrice: z.number(),
    mark: z.number().nullable(),
    multiplier: z.number(),
    marketValue: dollars.nullable(),
    unrealized: dollars.nullable(),
  })
  .openapi('Position');

export const orderSchema = z
  .object({
    clientOrderId: z.string(),
    at: time,
    underlying: z.string(),
    strategy: z.string().nullable(),
    legs: z.array(z.object({ symbol: z.string(), contract, ratio: z.number(), intent: z.string() })),
    quantity: z.number(),
    filled: z.number(),
    type: z.string(),
    limit: z.number().nullable().openapi({ description: 'Net price per share: debit positive, credit negative' }),
    status: z.string(),
    reason: z.string().nullable(),
  })
  .openapi('Order');

export const executionSchema = z
  .object({
    executionId: z.string(),
    clientOrderId: z.string(),
    at: time,
    quantity: z.number(),
    legs: z.array(
      z.object({ symbol: z.string(), contract, intent: z.string(), quantity: z.number(), price: z.number() }),
    ),
    fees: dollars,
    realized: dollars.openapi({ description: 'Profit or loss this fill realised, before fees' }),
  })
  .openapi('Execution');

export const equityPointSchema = z.object({ at: time, equity: dollars }).openapi('EquityPoint');

const reason = z.object({
  rule: z.string(),
  text: z.string().nullable(),
  passed: z.boolean().nullable().openapi({ description: 'null when it is no limit that is kept or broken' }),
  actual: z.number().nullable(),
  limit: z.number().nullable(),
  unit: z.string().nullable().openapi({ example: 'usd' }),
});
export const decisionSchema = z
  .object({
    sequence: z.number().openapi({ description: 'The journal entry that led to it' }),
    index: z.number(),
    at: time,
    kind: z.enum(['submit', 'cancel', 'refuse', 'alert', 'note']),
    subject: z.string().nullable(),
    clientOrderId: z.string().nullable(),
    summary: z.string(),
    reasons: z.array(reason),
  })
  .openapi('Decision');

export const alertSchema = z
  .object({
    id: z.string(),
    at: time,
    severity: z.string().openapi({ example: 'warning' }),
    kind: z.string().openapi({ example: 'risk' }),
    message: z.string(),
  })
  .openapi('Alert');

export const statsSchema = z
  .object({
    totalReturn: z.number().nullable().openapi({ description: 'Fraction: 0.01 is one percent' }),
    sharpe: z.number().nullable().openapi({ description: 'Annualised; null with too few samples' }),
    maxDrawdown: z.number().nullable().openapi({ description: 'Fraction of the peak, negative or 0' }),
    winRate: z.number().nullable(),
    profitFactor: z.number().nullable().openapi({ description: 'null without a losing trade' }),
    calmar: z.number().nullable().openapi({ description: 'Annualised return / maximum drawdown' }),
    closedTrades: z.number(),
    minutes: z.number().openapi({ description: 'Minutes of equity the annualised figures rest on' }),
    fees: dollars,
    realized: dollars,
  })
  .openapi('Stats');

export type StatusJson = z.infer<typeof statusSchema>;
export type PositionJson = z.infer<typeof positionSchema>;
export type OrderJson = z.infer<typeof orderSchema>;
export type ExecutionJson = z.infer<typeof executionSchema>;
export type DecisionJson = z.infer<typeof decisionSchema>;
export type AlertJson = z.infer<typeof alertSchema>;
export type EquityPointJson = z.infer<typeof equityPointSchema>;
export type StatsJson = z.infer<typeof statsSchema>;
export type HealthJson = z.infer<typeof healthSchema>;
