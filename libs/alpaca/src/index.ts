export { type AlpacaBroker, type AlpacaBrokerOptions, createAlpacaBroker } from './broker.ts';
export type { StreamStatus } from './socket/trade-stream.ts';
