import { type MarketDate, isTradingError, marketDate } from '@trading-agent/core';
import { BadRequest } from './replies.ts';

/** Query parameters of one request, each read by name and type; a malformed one is a `BadRequest`. */
export class Parameters {
  readonly #values: Readonly<Record<string, string>>;

  constructor(values: Readonly<Record<string, string>>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return value === undefined || value === '' ? undefined : value;
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw new BadRequest(`'${name}' must be one of ${allowed.join(', ')}, was '${value}'`);
    return found;
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!Number.isFinite(number)) throw new BadRequest(`'${name}' must be a number, was '${value}'`);
    return number;
  }

  date(name: string): MarketDate | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    try {
      return marketDate(value);
    } catch (error) {
      if (isTradingError(error, 'INVALID_DATE')) throw new BadRequest(`'${name}' must be YYYY-MM-DD, was '${value}'`);
      throw error;
    }
  }

  flag(name: string): boolean | undefined {
    const value = this.oneOf(name, ['true', 'false']);
    return value === undefined ? undefined : value === 'true';
  }

  limit(standard: number, most: number): number {
    const limit = this.number('limit') ?? standard;
    if (!Number.isInteger(limit) || limit < 1 || limit > most)
      throw new BadRequest(`'limit' must be a whole number from 1 to ${most}, was '${this.text('limit') ?? ''}'`);
    return limit;
  }

  /** A test for `field`, `field.gt`, `.gte`, `.lt` and `.lte`, whichever are given. */
  range<T extends string | number>(field: string, read: (name: string) => T | undefined): (value: T) => boolean {
    const is = read(field);
    const above = read(`${field}.gt`);
    const from = read(`${field}.gte`);
    const below = read(`${field}.lt`);
    const to = read(`${field}.lte`);
    return (value) =>
      (is === undefined || value === is) &&
      (above === undefined || value > above) &&
      (from === undefined || value >= from) &&
      (below === undefined || value < below) &&
      (to === undefined || value <= to);
  }
}
