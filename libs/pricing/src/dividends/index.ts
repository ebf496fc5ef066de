export { type FiniteDifferenceGrid, finiteDifferencePrice, type FiniteDifferenceValue } from './finite-difference.ts';
export { blendDividends, type DiscreteDividend, dividendForward, type DividendOption } from './model.ts';
