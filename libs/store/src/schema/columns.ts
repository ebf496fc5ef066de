import type { Json, Micros, Usd } from '@trading-agent/core';
import { bigint, customType } from 'drizzle-orm/pg-core';

/** Whole microseconds since the epoch, or micro-dollars: both fit a double exactly (core checks it), so numbers are used, not bigints. */
export const int64 = (name: string) => bigint(name, { mode: 'number' });
export const instant = (name: string) => int64(name).$type<Micros>();
export const money = (name: string) => int64(name).$type<Usd>();

/**
 * PostgreSQL's `json`, not `jsonb`: it keeps the text as it was written, so that a replayed payload has the same members in the same order
 * and the same digits. Parsed once, on reading.
 */
export const exactJson = customType<{ data: Json; driverData: Json }>({
  dataType: () => 'json',
  toDriver: (value) => JSON.stringify(value),
  // The driver has parsed it: parsing again would break a payload that is a string.
  fromDriver: (value) => value,
});

/** Wall-clock time of the database server in microseconds: for the store's own bookkeeping, never for decisions. */
export const NOW_MICROS = '(extract(epoch from clock_timestamp()) * 1000000)::bigint';
