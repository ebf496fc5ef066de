export { configuredEndpoints, type MarketEndpoints, simulatorEndpoints } from './connections.ts';
export type { AgentLog } from './log.ts';
export { type MarketProcess, startMarketProcess } from './market-process.ts';
export { runAgent, type RunAgentOptions } from './run-agent.ts';
export type { DayProgress, TradingDayResult } from './trading-day.ts';
