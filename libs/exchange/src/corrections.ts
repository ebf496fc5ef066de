import { type MarketDate, type Usd, deriveUuid } from '@trading-agent/core';
import { type Execution, type ExecutionLeg, sideOf, sign } from '@trading-agent/instruments';
import { feesFor } from '@trading-agent/portfolio';
import type { AccountLedger, EventRow } from './account-ledger.ts';
import type { Floor } from './floor.ts';

/** Takes an execution of today back: what it moved moves back at its prices, its fees are returned. Told at once. */
export function bustExecution(execution: Execution, ledger: AccountLedger, floor: Floor): void {
  const { date } = floor.session;
  const rows = execution.legs.map((leg, index): EventRow => {
    const move = moveOf(leg, -1, leg.price, floor);
    const fees: Usd | null = index === 0 ? feesFor(execution, date) : null;
    return { kind: 'bust', move, ...(fees !== null && { cash: fees }) };
  });
  record('bust', execution, rows, ledger, date);
}

/** Gives an execution of today other prices per share, in the order of its legs. Its fees stay. Told at once. */
export function correctExecution(
  execution: Execution,
  prices: readonly number[],
  ledger: AccountLedger,
  floor: Floor,
): void {
  const rows = execution.legs.flatMap((leg, index): EventRow[] => {
    const price = prices[index] ?? leg.price;
    if (price === leg.price) return [];
    return [
      { kind: 'correction', move: moveOf(leg, -1, leg.price, floor) },
      { kind: 'correction', move: moveOf(leg, 1, price, floor) },
    ];
  });
  record('correction', execution, rows, ledger, floor.session.date);
}

function moveOf(leg: ExecutionLeg, direction: 1 | -1, price: number, floor: Floor): NonNullable<EventRow['move']> {
  const { symbol, intent, quantity } = leg;
  return {
    symbol,
    quantity: direction * sign(sideOf(intent)) * quantity,
    price,
    multiplier: floor.multiplier(symbol),
  };
}

function record(
  kind: 'bust' | 'correction',
  { executionId }: Execution,
  rows: readonly EventRow[],
  ledger: AccountLedger,
  date: MarketDate,
): void {
  if (rows.length === 0) return;
  ledger.record({ eventId: deriveUuid(executionId, kind), kind, rows, description: `${kind} of ${executionId}` }, date);
}
