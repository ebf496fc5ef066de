import { TradingError } from '@trading-agent/core';

/** What a tier may ask of the vendor, over all processes of an account. */
export interface BudgetLimits {
  readonly perMinute: number;
  readonly perDay: number;
}

/** Most urgent first: what watches open positions, what looks for trades, what fills the lake. */
export const PRIORITIES = ['positions', 'scan', 'download'] as const;
export type RequestPriority = (typeof PRIORITIES)[number];

/** Share of the limits that each priority may use up: the rest stays for those above it. */
const SHARE: Readonly<Record<RequestPriority, number>> = { positions: 1, scan: 0.9, download: 0.8 };

/**
 * How far requests of `priority` may go: they are refused once the minute or the day holds this many requests of any priority. At least 1.
 * @throws {TradingError} `OUT_OF_RANGE` for limits that are no positive whole numbers.
 */
export function allowance(limits: BudgetLimits, priority: RequestPriority): BudgetLimits {
  for (const [name, value] of [
    ['perMinute', limits.perMinute],
    ['perDay', limits.perDay],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new TradingError('OUT_OF_RANGE', `Expected ${name} to be a positive whole number, was ${value}`);
  }
  const share = SHARE[priority];
  return {
    perMinute: Math.max(1, Math.floor(limits.perMinute * share)),
    perDay: Math.max(1, Math.floor(limits.perDay * share)),
  };
}
