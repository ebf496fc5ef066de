import { type MarketDate, type Micros, marketDate, microsFromNanosText, microsFromRfc3339 } from '@trading-agent/core';
import { z } from 'zod';
import { nanos } from '../http/models.ts';

// What fields of answers have in common. Absent, null and (for texts) empty is `null`; of another kind is an error, and the row is not guessed.

export const number = z.number();
export const maybeNumber = z
  .number()
  .nullish()
  .transform((value) => value ?? null);
export const maybeText = z
  .string()
  .nullish()
  .transform((value) => (value === undefined || value === null || value === '' ? null : value));
export const maybeFlag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);
export const maybeNanos = nanos.nullish().transform((value) => value ?? null);
export const numbers = z
  .array(z.number())
  .nullish()
  .transform((value) => value ?? []);
export const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
export const millis = z.number().int().nonnegative();
export { nanos };

/** An exchange's number: options list it as text in one old place. */
export const id = z.union([
  z.number().int(),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
]);

export function maybeDate(text: string | null): MarketDate | null {
  return text === null ? null : marketDate(text);
}

export function maybeInstant(text: string | null): Micros | null {
  return text === null ? null : microsFromRfc3339(text);
}

/** Exact nanoseconds beside the microsecond they fall into. */
export function tick(text: string): { readonly at: Micros; readonly nanos: bigint } {
  return { at: microsFromNanosText(text), nanos: BigInt(text) };
}

export function maybeBigInt(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

/** `value` when it is one of those we know, else `other`: vendors add words. */
export function oneOf<const T extends string>(known: readonly T[], value: string | null): T | 'other' {
  return known.find((candidate) => candidate === value) ?? 'other';
}

const OPTION_FORM = /^[A-Z][A-Z0-9]{0,5}\d{6}[CP]\d{8}$/;

/** Options carry a prefix on the wire; stocks are bare, indices are `I:SPX` on both sides. */
export function wireTicker(symbol: string): string {
  return OPTION_FORM.test(symbol) ? `O:${symbol}` : symbol;
}

export function ownSymbol(ticker: string): string {
  return ticker.startsWith('O:') ? ticker.slice(2) : ticker;
}

/** The kind of instrument, which plans are sold by. */
export function assetClass(symbol: string): 'options' | 'indices' | 'stocks' {
  if (OPTION_FORM.test(symbol)) return 'options';
  return symbol.startsWith('I:') ? 'indices' : 'stocks';
}

/** Told when a part of a row can't be read: the row is kept without it. */
export type Note = (reason: string) => void;

/** `value` by `schema`; `null` when absent, or when it can't be read, which is noted. */
export function part<T>(schema: z.ZodType<T>, value: unknown, name: string, note: Note): T | null {
  if (value === undefined || value === null) return null;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  note(`${name} left out: ${reasonOf(parsed.error)}`);
  return null;
}

/** What is wrong, in one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues
      .slice(0, 3)
      .map((issue) => `${issue.path.join('.') || 'row'}: ${issue.message}`)
      .join('; ');
  return error instanceof Error ? error.message : String(error);
}
