// What stands here has a caller outside the library; docs/pricing.md says who, where it is not a command or another library.
export * from './european.ts';
export * from './implied-volatility.ts';
export * from './european/index.ts';
export { normalCdf } from './normal.ts';
export * from './american/index.ts';
export {
  discreteDividendPrice,
  type DiscreteDividend,
  type DividendOption,
  DividendSlice,
  type DividendValue,
  FINE_DIVIDENDS,
  type FiniteDifferenceGrid,
  finiteDifferencePrice,
  type FiniteDifferenceValue,
  type HeatResolution,
  type SliceTerms,
} from './dividends/index.ts';
export {
  exInstant,
  expiryInstant,
  type ExpiryTerms,
  type ParityPair,
  type ParYield,
  type SettlementLag,
  yearsBetween,
} from './term/index.ts';
export * from './chain-snapshot/index.ts';
export * from './surface/index.ts';
export * from './market/index.ts';
export { PricingShards, type ShardWork } from './shards/shards.ts';
