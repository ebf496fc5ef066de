export { type DayHole, dayHoles, describeHole, recordedHoles } from './day-holes.ts';
export { describeQuarantine } from './describe-quarantine.ts';
export * from './feed.ts';
export * from './market-day.ts';
export * from './quote-book.ts';
export { type MinuteBars, type MinuteBarsRequest, readMinuteBars } from './minute-bars.ts';
export { type RecordedDayRequest, loadRecordedDay } from './recorded-day.ts';
export type { BudgetLimits, RequestPriority } from './budget/budget-limits.ts';
export { type BudgetUse, readBudgetUse } from './budget/budget-ledger.ts';
export { type RequestBudget, type RequestBudgetOptions, openRequestBudget } from './budget/request-budget.ts';
export { type FetchOutcome, type FetchRun, fetchIntoLake, fetchState } from './fetch/fetch.ts';
export { type PlanItem, type PlanRequest, planRequests, type RequestPlan } from './fetch/request-plan.ts';
export {
  FETCH_ASSUMPTIONS,
  FETCHABLE,
  type Fetchable,
  type FetchAssumptions,
  type FetchJob,
  type FetchRequest,
  type FetchState,
  NOTHING_FETCHED,
} from './fetch/wanted.ts';
export * from './reference/bars.ts';
export type * from './reference/contracts.ts';
export * from './reference/corporate-actions.ts';
export type * from './reference/indicators.ts';
export type * from './reference/listings.ts';
export type * from './reference/news.ts';
export type * from './reference/reference-data.ts';
export type * from './reference/snapshots.ts';
export type * from './reference/ticks.ts';
export * from './lake/index.ts';
export {
  type ArchiveFeed,
  type ArchiveReading,
  type ArchiveRow,
  type AssetClass,
  type DataArchive,
  openFlatFileArchive,
  type RowKind,
} from './coverage/archive.ts';
export { openArchive } from './coverage/lake-archive.ts';
export {
  type CoverageRequest,
  type FeedCoverage,
  type SessionRange,
  surveyCoverage,
  type UnderlyingCoverage,
} from './coverage/coverage.ts';
export { readChainFolder, readSeriesFolder } from './verify/extra-files.ts';
export type { Check, CheckResult, Finding, Severity } from './verify/findings.ts';
export type { RollUp } from './verify/roll-up.ts';
export type { SplitDay } from './verify/split-checks.ts';
export { verifyArchive, type VerifyReport, type VerifyRequest } from './verify/verify.ts';
export { type CorporateActions, readCorporateActions } from './known-reference/corporate-actions-file.ts';
export {
  type FetchedRange,
  type FetchedRanges,
  type KnownReference,
  knownReference,
  openKnownReference,
  type ReferenceFiles,
} from './known-reference/known-reference.ts';
export { splitRow } from './csv-rows.ts';
export * from './flat-files/index.ts';
export { type LiveRecording, recordFeed, type RecordRequest } from './recorder/record-feed.ts';
export { splitFactor } from './collector/adjustments.ts';
export { coarser, type Window } from './collector/aggregation.ts';
export {
  type BarsRequest,
  type ChainRow,
  type CollectedBars,
  type CollectorSources,
  createMarketDataCollector,
  type DividendQuery,
  type LiveMarket,
  type MarketDataCollector,
} from './collector/collector.ts';
export * from './stream/feed-event.ts';
export type * from './stream/gap.ts';
export { ConflatingQueue, type QueueCounts, type QueueOptions, type Waiting } from './stream/conflating-queue.ts';
export {
  type Backfill,
  Continuity,
  type ContinuityOptions,
  type NumberedTrade,
  type Subscribed,
} from './stream/continuity.ts';
export { EventOrder, type Numbering, type Place } from './stream/event-order.ts';
export { MUTE_LIMITS, type MuteLimits, MuteWatch, type Silence } from './stream/mute-watch.ts';
export { assignQuoteSlots, type SlotAssignment, type SlotRequest } from './stream/quote-slots.ts';
