export { configuredEndpoints, type MarketEndpoints, simulatorEndpoints } from './connections.ts';
export type { AgentLog } from './log.ts';
export { TradingOrchestrator, type TradingOrchestratorOptions } from './orchestrator.ts';
export { runAgent, type RunAgentOptions } from './run-agent.ts';
export { CalendarCourse, type CalendarCourseOptions } from './sessions/calendar-course.ts';
export { type Course, runSessions, type SessionsOptions, type SessionsResult } from './sessions/run-sessions.ts';
export { openSimulatedMarket, type SimulatedMarket, type SimulatedMarketOptions } from './simulated-market.ts';
export type { DayProgress, TradingDayResult } from './trading-day.ts';
export { openVendorBudget, tierBudget, vendorAccount, type VendorBudgetRequest } from './vendor-budget.ts';
