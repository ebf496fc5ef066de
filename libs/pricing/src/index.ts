export * from './european.ts';
export * from './implied-volatility.ts';
export * from './european/index.ts';
export { erf, erfc, normalCdf, normalDensity } from './normal.ts';
export * from './american/index.ts';
export * from './dividends/index.ts';
export * from './term/index.ts';
export * from './surface/index.ts';
export { PricingShards, type ShardWork } from './shards/shards.ts';
