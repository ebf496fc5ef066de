export {
  exInstant,
  expiryInstant,
  type ExpiryTerms,
  financingYears,
  settledRate,
  type SettlementLag,
  yearsBetween,
} from './expiry-time.ts';
export { type ForwardInput, impliedForward, type ImpliedForward, type ParityPair } from './implied-forward.ts';
export { type ParYield, RateCurve } from './rate-curve.ts';
