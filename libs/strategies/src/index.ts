export type { AccountTerms, Affordability, AffordabilityCheck } from './affordability.ts';
export type { Candidate, NoCandidate } from './candidate.ts';
export {
  ChainView,
  type ChainViewOptions,
  type ComingEvents,
  NEAR_THE_MONEY,
  NO_EVENTS,
  type QuotedContract,
} from './chain-view.ts';
export { chainViews, type DayKnowledge, OLDEST_LOOK_MINUTES, volumesNearTheMoney } from './day-chains.ts';
export {
  exitReason,
  type ExitMoment,
  type ExitReason,
  type ExitRule,
  type ExitSettings,
  explainExit,
  type HeldStructure,
  ROLLING_EXITS,
} from './exits.ts';
export { cheapestLoss } from './one-lot.ts';
export { type PlanAccount, type PlannedStructure, planStructures, type SymbolPlan } from './plan.ts';
export {
  type RankedCandidate,
  type Ranking,
  type RankingOptions,
  rankStructures,
  type SizeLimits,
  type StrategyFunction,
  type StrategyFunctions,
  type StrategyQuestion,
  unitsOf,
} from './rank.ts';
export { loadStrategyFunctions } from './own-functions.ts';
export { type ScaffoldFile, scaffoldStrategy } from './scaffold.ts';
export {
  explainShareExit,
  type HeldShares,
  type ShareExitReason,
  shareExitReason,
  type ShareExitSettings,
} from './share-exit.ts';
export type { Score } from './score.ts';
export { type KnownCarry, parityPairs, type QuotedSides, sessionPricer } from './session-pricer.ts';
export {
  describeView,
  type TermView,
  type View,
  viewFor,
  viewOf,
  NO_VIEW,
  type VolatilityFacts,
  type VolatilityView,
} from './view.ts';
export { wheelAllows } from './wheel.ts';
