export { combinedReport, type SessionsReport, type SessionSummary } from './combined-report.ts';
export {
  Backtest,
  type BacktestAccount,
  type DayControl,
  type DayResult,
  type EquityPoint,
  runDay,
  type RunDayOptions,
} from './run-day.ts';
export { syntheticActions } from './synthetic-actions.ts';
export { recordedKnowledge } from './recorded-knowledge.ts';
export { syntheticKnowledge } from './synthetic-knowledge.ts';
