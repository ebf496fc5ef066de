export type { Requirement } from './formulas.ts';
export { stockRequirement, uncoveredRequirement } from './formulas.ts';
export {
  type Margin,
  type MarginGroup,
  type MarginLeg,
  type OrderMargin,
  marginOf,
  marginOfOrder,
  marginOfUnderlying,
  underlyingsOf,
} from './margin.ts';
export * from './terms.ts';
