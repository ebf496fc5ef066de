export { backtest, type BacktestOptions, type BacktestResult } from './backtest.ts';
export type { MarketSource } from './market.ts';
