export type { BookedExecution } from './broker-events.ts';
export { batchOf, type StepInput } from './batch.ts';
export { type EngineConfig, engineConfig, reachOf } from './config.ts';
export type { CandidateRecord, Decision, Reason } from './decisions.ts';
export { type EngineView, type MarkedPosition, type MarkedShares, type StepResult, TradingEngine } from './engine.ts';
export type { AccountPast, EngineEvent, Liquidity, SessionFacts } from './events.ts';
export {
  type ReportedExecution,
  type ReportedOrder,
  type ReportedPosition,
  type ReportedRefusal,
  RunRecorder,
  type RunReport,
} from './report.ts';
export { comingDividends, CURVE_DAYS, type KnownFacts, recordedFacts, treasuryCurve } from './known-facts.ts';
export { equityAtLastClose, openingBooks, type OpeningBooks } from './opening-books.ts';
export { expiryWindow, heldOnly, sessionContracts, sessionKey } from './session-facts.ts';
export { TRADE_SESSIONS, tradesOf, volatilityHistory } from './past.ts';
export {
  type CarriedStructure,
  type LeavingShares,
  NO_RECORD,
  type PastTrade,
  type SessionRecord,
} from './session-record.ts';
export { takeOver, wholeUnits } from './take-over.ts';
export type { HeldPosition, TakenOver, TakeOverNews } from './taken-over.ts';
