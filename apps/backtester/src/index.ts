export { backtest, type BacktestOptions, type BacktestResult } from './backtest.ts';
export type { MarketSource } from './market.ts';
export { recordedKnowledge } from './recorded-knowledge.ts';
export { syntheticKnowledge } from './synthetic-knowledge.ts';
