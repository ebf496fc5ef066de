export { type S3SimOptions, s3Server } from './s3/s3-server.ts';
export { DEFAULT_KEYS, type MarketSimOptions, type SimKeys } from './options.ts';
export type { Speed } from './market/pace.ts';
export { type MarketSim, startMarketSim } from './server.ts';
