export * from '../chain-snapshot/index.ts';
export { type Lowest, butterflyMinimum, calendarMinimum } from './arbitrage.ts';
export { type DeltaPoint, surfaceTotalVariance, surfaceVolatility, volatilityAtDelta } from './interpolation.ts';
export { repairButterfly, repairCalendar } from './repair.ts';
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
export {
  type JumpWings,
  type SviParameters,
  butterflyDensity,
  sviDerivatives,
  sviFromJumpWings,
  sviJumpWings,
  sviTotalVariance,
} from './svi.ts';
export { type SmilePoints, SviFitter } from './svi-fit.ts';
export { type PricedStrike, type VarianceSwapTerms, varianceSwapRate } from './variance-swap.ts';
export {
  type ModelFreeVariance,
  type StrikeQuotes,
  type TermVariance,
  modelFreeVariance,
  volatilityIndex,
  yearsOfMinutes,
} from './vix.ts';
export { volatilityPercentile, volatilityRank } from './volatility-rank.ts';
