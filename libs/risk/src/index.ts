export { mostShares, type SharePrice, sharePrice } from './closing-shares.ts';
export type {
  ClosedTrade,
  ClosingIntent,
  EarlyExercise,
  OpenExposure,
  OpeningIntent,
  RecentOrder,
  RiskContext,
  RiskLimits,
  TierLimits,
  TradingHistory,
  Valuation,
  ValuationTerms,
} from './context.ts';
export { evaluateClosing, evaluateOpening, type RiskVerdict } from './evaluate.ts';
export { OPENING_RULES } from './opening-rules.ts';
export { portfolioRiskOf, type PortfolioRisk } from './portfolio-risk.ts';
export { PROTECTIONS } from './protections/index.ts';
export type { Protection, ProtectionView } from './protections/protection.ts';
export type { OpeningRule } from './rules/rule.ts';
export type { Greeks } from './greeks.ts';
export type { Sensitivities } from './sensitivities.ts';
