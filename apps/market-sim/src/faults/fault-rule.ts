import { TradingError } from '@trading-agent/core';
import { z } from 'zod';
import { type Effect, type Facts, ROOMS, type Room } from './effects.ts';
import type { FaultKind } from './fault-kind.ts';
import { FAULT_KINDS } from './registry.ts';

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, 'a New York time of day such as "10:05" or "10:05:30"');
const texts = z.union([
  z
    .string()
    .min(1)
    .transform((text) => [text]),
  z.array(z.string().min(1)).min(1),
]);

/** What must hold of a thing for the fault to strike it; nothing: everything in its rooms. */
const matchSchema = z.strictObject({
  /** Beginning of the path (of the key, for stored files). */
  path: z.string().min(1).optional(),
  method: z
    .string()
    .min(1)
    .transform((text) => text.toUpperCase())
    .optional(),
  topic: texts.optional(),
  /** Any of these symbols or underlyings; of a request: named in its path, its query or its body. */
  symbols: texts.optional(),
  /** Beginning of the client's order id. */
  order: z.string().min(1).optional(),
  /** The public part of the credential. */
  key: z.string().min(1).optional(),
});

/** A fault as a script or the admin API gives it. */
export const faultRuleSchema = z.strictObject({
  fault: z.string(),
  room: z.union([z.enum(ROOMS).transform((room) => [room]), z.array(z.enum(ROOMS)).min(1)]).optional(),
  /** Simulated time of day, New York: from here on, up to but not at there. */
  from: timeOfDay.optional(),
  until: timeOfDay.optional(),
  match: matchSchema.default({}),
  /** So many that match are let through first; then every so-many-th is struck; so many times in all. */
  after: z.number().int().min(0).default(0),
  every: z.number().int().min(1).default(1),
  times: z.number().int().min(1).nullable().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
});
export type FaultRuleInput = z.input<typeof faultRuleSchema>;
type ParsedRule = z.output<typeof faultRuleSchema>;

/** A fault ready to strike. */
export interface FaultRule extends Omit<ParsedRule, 'room' | 'times' | 'with'> {
  readonly rooms: readonly Room[];
  readonly times: number | null;
  readonly effects: readonly Effect[];
  /** As it was given, for whoever asks what is scripted. */
  readonly given: FaultRuleInput;
}

/** @throws {TradingError} `CONFIG_INVALID` naming the place in the script and what would be allowed there. */
export function parseFaultRule(given: unknown, where: string): FaultRule {
  const parsed = checked(faultRuleSchema, given, where);
  const kind = FAULT_KINDS.get(parsed.fault);
  if (kind === undefined)
    throw invalid(
      `${where}.fault`,
      `there is no fault "${parsed.fault}" (known: ${[...FAULT_KINDS.keys()].join(', ')})`,
    );
  const { room, times, with: parameters, ...rest } = parsed;
  const foreign = room?.find((name) => !kind.rooms.includes(name));
  if (foreign !== undefined)
    throw invalid(`${where}.room`, `${kind.name} does not happen in ${foreign} (but in ${kind.rooms.join(', ')})`);
  const topics = kind.topics === undefined ? {} : { topic: [...kind.topics] };
  return {
    ...rest,
    match: { ...topics, ...parsed.match },
    rooms: room ?? kind.rooms,
    times: times === undefined ? kind.times : times,
    effects: effectsOf(kind, parameters, where),
    given: faultRuleInput(given),
  };
}

function effectsOf(kind: FaultKind, parameters: unknown, where: string): readonly Effect[] {
  try {
    return kind.effects(parameters);
  } catch (error) {
    if (error instanceof z.ZodError) throw invalid(`${where}.with`, describeIssues(error));
    throw error;
  }
}

function faultRuleInput(given: unknown): FaultRuleInput {
  // It has been parsed already; this keeps what was written, defaults not filled in.
  return z.custom<FaultRuleInput>().parse(given);
}

/** `value` by `schema`. @throws {TradingError} `CONFIG_INVALID` with every violation. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid(where, describeIssues(parsed.error));
  return parsed.data;
}

function describeIssues(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => `${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`)
    .join('; ');
}

function invalid(where: string, reason: string): TradingError {
  return new TradingError('CONFIG_INVALID', `${where}: ${reason}`, {
    hint: 'docs/market-sim.md describes scenarios; GET /admin/faults/kinds lists the faults and what they take.',
    details: { where },
  });
}

export function matches(rule: FaultRule, facts: Facts): boolean {
  const { path, method, topic, symbols, order, key } = rule.match;
  return (
    rule.rooms.includes(facts.room) &&
    (path === undefined || facts.path?.startsWith(path) === true) &&
    (method === undefined || facts.method === method) &&
    (topic === undefined || (facts.topic !== undefined && topic.includes(facts.topic))) &&
    (key === undefined || facts.key === key) &&
    (order === undefined || orderOf(facts)?.startsWith(order) === true) &&
    (symbols === undefined || symbols.some((symbol) => names(facts, symbol)))
  );
}

function names({ symbols, path = '', body = '' }: Facts, symbol: string): boolean {
  return symbols === undefined ? `${path} ${body}`.includes(symbol) : symbols.includes(symbol);
}

/** The id that a request carries in its body, when it was not told apart. */
function orderOf({ order, body }: Facts): string | undefined {
  return order ?? /"client_order_id"\s*:\s*"([^"]*)"/.exec(body ?? '')?.[1];
}
