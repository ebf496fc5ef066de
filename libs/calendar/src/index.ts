export { expiryKind, type ExpiryKind, lastTradingDay, monthlyExpiry } from './expiries.ts';
export { nyDate, nyInstant, nyTime } from './new-york.ts';
export { closesLate, optionsClose } from './options-close.ts';
export {
  type DayTradingRule,
  type MonthlyExpiryRule,
  regulation,
  type Regulations,
  type SettlementRule,
} from './regulations.ts';
export {
  isSession,
  latestSession,
  nextSession,
  previousSession,
  requireSession,
  type Session,
  session,
  sessionsBetween,
} from './sessions.ts';
export { settlementDate } from './settlement.ts';
