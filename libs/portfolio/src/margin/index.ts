export type { Requirement } from './formulas.ts';
export { stockRequirement, uncoveredRequirement } from './formulas.ts';
export { bookOf, type UnderlyingBook } from './book.ts';
export {
  type Margin,
  type MarginAmounts,
  type MarginGroup,
  type MarginLeg,
  type OrderMargin,
  marginOf,
  marginOfBook,
  marginOfOrder,
  movesWithPrices,
} from './margin.ts';
export * from './terms.ts';
