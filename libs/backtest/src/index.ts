export { type DayResult, type EquityPoint, runDay, type RunDayOptions } from './run-day.ts';
