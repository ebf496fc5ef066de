export { certainPrice, discreteDividendPrice, discreteDividendPrices, type DividendValue } from './dividend-price.ts';
export { DividendSlice } from './dividend-slice.ts';
export type { SliceTerms } from './slice-columns.ts';
export { type FiniteDifferenceGrid, finiteDifferencePrice, type FiniteDifferenceValue } from './finite-difference.ts';
export { FINE as FINE_DIVIDENDS, type HeatResolution } from './heat-resolution.ts';
export { blendDividends, type DiscreteDividend, dividendForward, type DividendOption } from './model.ts';
