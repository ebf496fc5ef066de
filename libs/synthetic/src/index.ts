export {
  type SyntheticBarsRequest,
  type SyntheticDayRequest,
  generateMarketDay,
  generateMinuteBars,
} from './synthetic-market.ts';
export { SYNTHETIC_UNDERLYINGS } from './underlyings.ts';
export { FIRST_SYNTHETIC_DATE } from './daily-walk.ts';
