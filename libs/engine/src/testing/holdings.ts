import { marketDate, type Micros, micros, ZERO_USD } from '@trading-agent/core';
import type { CarriedStructure } from '../session-record.ts';
import type { TakenOver } from '../taken-over.ts';
import { CALL, minute } from './scenario.ts';

const YESTERDAY: Micros = micros(minute(30) - 86_400e6);

/** A call sold against 100 shares of an assignment. */
export const COVERED: CarriedStructure = {
  id: 'S3',
  strategy: 'covered-call',
  conviction: 'moderate',
  rolls: 0,
  underlying: 'TWX',
  legs: [{ symbol: CALL, ratio: 1, intent: 'sell_to_open' }],
  expiry: marketDate('2016-01-15'),
  shares: 100,
  maxLossPerUnit: ZERO_USD,
  committedPerUnit: ZERO_USD,
  open: 1,
  entryNet: -2.5,
  openedAt: YESTERDAY,
  realized: ZERO_USD,
  attempts: 0,
  broken: false,
};

/** Shares of the agent's own, at 102 each. */
export function holding(shares: number, over: Partial<TakenOver> = {}): TakenOver {
  return {
    positions: [{ symbol: 'TWX', quantity: shares, averagePrice: 102, mark: 100 }],
    structures: [],
    shares: { TWX: shares },
    shareCosts: { TWX: 102 },
    foreign: {},
    structureCount: 3,
    unsettled: null,
    ended: [],
    news: [],
    ...over,
  };
}

export const WITH_CALL = holding(100, {
  positions: [
    { symbol: 'TWX', quantity: 100, averagePrice: 102, mark: 100 },
    { symbol: CALL, quantity: -1, averagePrice: 2.5, mark: 2.48 },
  ],
  structures: [COVERED],
});
