export { DEFAULT_STRENGTH, MARKET_KINDS, type MarketKind } from './market-kind.ts';
export {
  type MarketIdentity,
  type SyntheticBarsRequest,
  type SyntheticDayRequest,
  generateMarketDay,
  generateMinuteBars,
} from './synthetic-market.ts';
export { type CorporateActionsRequest, generateCorporateActions } from './corporate-actions.ts';
export { SYNTHETIC_UNDERLYINGS } from './underlyings.ts';
export { FIRST_SYNTHETIC_DATE } from './daily-walk.ts';
