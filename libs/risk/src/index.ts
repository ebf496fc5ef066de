export {
  HOUSE_LIMITS,
  type ClosingIntent,
  type OpenExposure,
  type OpeningIntent,
  type RiskContext,
  type RiskLimits,
} from './context.ts';
export { evaluateClosing, evaluateOpening, OPENING_RULES, type RiskVerdict } from './evaluate.ts';
