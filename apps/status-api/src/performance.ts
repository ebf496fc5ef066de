import { type SessionPerformance, sessionPerformance } from '@trading-agent/statistics';
import type { EquityReading, ExecutionReading } from './source.ts';

/** The figures of one session; a trade is a fill that closed something. */
export function performanceStats(
  equity: readonly EquityReading[],
  executions: readonly ExecutionReading[],
): SessionPerformance {
  return sessionPerformance(
    equity,
    executions.map(({ realized, fees, legs }) => ({
      realized,
      fees,
      closes: legs.some(({ intent }) => intent.endsWith('_to_close')),
    })),
  );
}
