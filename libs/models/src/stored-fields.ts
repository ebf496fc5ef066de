import { TradingError } from '@trading-agent/core';

export type Fields = Readonly<Record<string, unknown>>;

/** A stored model's fields. */
export function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TradingError('INVALID_VALUE', 'A stored model is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken('the whole', 'an object');
  return { ...value };
}

export function number(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw broken(key, 'a finite number');
  return value;
}

export function numbers(fields: Fields, key: string, length: number): readonly number[] {
  const values: unknown = fields[key];
  if (!Array.isArray(values) || values.length !== length) throw broken(key, `a list of ${length} numbers`);
  return values.map((value: unknown, index) => number({ [`${key}[${index}]`]: value }, `${key}[${index}]`));
}

export function broken(key: string, expected: string): TradingError {
  return new TradingError('INVALID_VALUE', `A stored model is malformed: ${key} must be ${expected}`, {
    hint: 'Train again, or restore the file from a backup.',
  });
}
