export { type AlpacaBroker, type AlpacaBrokerOptions, createAlpacaBroker } from './broker.ts';
export type { Log } from './log.ts';
export type { Sleep } from './retry.ts';
export type { StreamStatus } from './socket/trade-stream.ts';
