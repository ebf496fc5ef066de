import type { DecisionRow } from '@trading-agent/store';
import { z } from 'zod';
import type { DecisionReading, ReasonReading } from './source.ts';

const reasonSchema = z.object({ rule: z.string(), text: z.string() });
const checkSchema = z.object({
  rule: z.string(),
  passed: z.boolean(),
  actual: z.number(),
  limit: z.number(),
  unit: z.string(),
});
const payloadSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('submit'),
    purpose: z.string(),
    strategy: z.string(),
    approved: z.object({
      order: z.object({ clientOrderId: z.string(), underlying: z.string() }),
      checks: z.array(checkSchema),
    }),
    /** What risk cut the order down from, and the rules that would have broken. */
    reduced: z.object({ asked: z.number(), failed: z.array(checkSchema) }).optional(),
    reason: reasonSchema,
  }),
  z.object({ type: z.literal('cancel'), clientOrderId: z.string(), reason: reasonSchema }),
  z.object({
    type: z.literal('refuse'),
    underlying: z.string(),
    strategy: z.string(),
    purpose: z.string(),
    failed: z.array(checkSchema),
    /** All rules with their numbers, for `quantity` units; records from before they were kept have the failed ones only. */
    checks: z.array(checkSchema).optional(),
    quantity: z.number().optional(),
    reason: reasonSchema,
  }),
  z.object({ type: z.literal('note'), underlying: z.string(), reason: reasonSchema }),
  z.object({ type: z.literal('alert'), severity: z.string(), reason: reasonSchema }),
  z.object({ type: z.literal('subscribe'), underlying: z.string(), symbols: z.array(z.string()) }),
]);

const plain = ({ rule, text }: z.infer<typeof reasonSchema>): ReasonReading => ({
  rule,
  text,
  passed: null,
  actual: null,
  limit: null,
  unit: null,
});
const checked = (check: z.infer<typeof checkSchema>): ReasonReading => ({ ...check, text: null });

/** A decision as people read it. One that this reader does not know yet is shown as a note of its type, not hidden. */
export function decisionReading(row: DecisionRow): DecisionReading {
  const base = { sequence: row.seq, index: row.index, at: row.at, subject: null, clientOrderId: null };
  const parsed = payloadSchema.safeParse(row.payload);
  if (!parsed.success) return { ...base, kind: 'note', summary: row.type, reasons: [] };
  const decision = parsed.data;
  switch (decision.type) {
    case 'submit': {
      const { order, checks } = decision.approved;
      const { reduced } = decision;
      return {
        ...base,
        kind: 'submit',
        subject: order.underlying,
        clientOrderId: order.clientOrderId,
        summary: `${decision.purpose} ${decision.strategy}${reduced === undefined ? '' : `, reduced from ${reduced.asked}`}`,
        reasons: [plain(decision.reason), ...(reduced?.failed ?? []).map(checked), ...checks.map(checked)],
      };
    }
    case 'cancel':
      return {
        ...base,
        kind: 'cancel',
        clientOrderId: decision.clientOrderId,
        summary: 'cancel order',
        reasons: [plain(decision.reason)],
      };
    case 'refuse':
      return {
        ...base,
        kind: 'refuse',
        subject: decision.underlying,
        summary: `${decision.purpose} ${decision.strategy}${decision.quantity === undefined ? '' : `, measured for ${decision.quantity}`}`,
        reasons: [plain(decision.reason), ...(decision.checks ?? decision.failed).map(checked)],
      };
    case 'note':
      return { ...base, kind: 'note', subject: decision.underlying, summary: '', reasons: [plain(decision.reason)] };
    case 'alert':
      return { ...base, kind: 'alert', summary: decision.severity, reasons: [plain(decision.reason)] };
    case 'subscribe':
      return {
        ...base,
        kind: 'note',
        subject: decision.underlying,
        summary: `watches ${decision.symbols.length} contracts`,
        reasons: [],
      };
  }
}
