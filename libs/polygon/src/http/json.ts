/**
 * JSON whose whole numbers beyond 2^53 are kept as their digits (text), so that nanosecond times are exact. Everything else is as
 * `JSON.parse` has it. Uses the source text access of JSON.parse (ECMA-262, Node >= 21).
 * @throws {SyntaxError} when the text is not JSON.
 */
export function parseExactJson(text: string): unknown {
  // The reviver costs about five times a plain parse: bars (milliseconds only) never need it.
  if (!LONG_WHOLE_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
      ? digits(context?.source, value)
      : value,
  );
}

/** Sixteen digits that do not follow a decimal point. */
const LONG_WHOLE_NUMBER = /(?<![.\d])\d{16}/;

function digits(source: string | undefined, value: number): unknown {
  return source !== undefined && /^\d+$/.test(source) ? source : value;
}
