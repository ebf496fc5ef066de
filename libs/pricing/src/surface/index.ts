export { type Lowest, butterflyMinimum } from './arbitrage.ts';
export { type DeltaPoint, surfaceVolatility, volatilityAtDelta } from './interpolation.ts';
export { type SsviShape, type SsviSlice, ssviAsSvi, ssviSlice } from './ssvi.ts';
export {
  type ArbitrageFinding,
  type ExpirySmile,
  SurfaceFitter,
  type SurfaceOptions,
  type SurfaceSlice,
  type VolatilitySurface,
  quoteWeight,
} from './surface.ts';
export { type JumpWings, type SviParameters, butterflyDensity, sviJumpWings, sviTotalVariance } from './svi.ts';
export {
  type ModelFreeVariance,
  type StrikeQuotes,
  type TermVariance,
  modelFreeVariance,
  volatilityIndex,
} from './vix.ts';
export { volatilityPercentile, volatilityRank } from './volatility-rank.ts';
