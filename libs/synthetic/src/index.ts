export { MARKET_KINDS, type MarketKind, marketRules } from './market-kind.ts';
export {
  type MarketIdentity,
  type SyntheticBarsRequest,
  type SyntheticDayRequest,
  generateMarketDay,
  generateMinuteBars,
} from './synthetic-market.ts';
export { type ComingEventsRequest, generateComingEvents, type SyntheticEvents } from './coming-events.ts';
export { type CorporateActionsRequest, generateCorporateActions } from './corporate-actions.ts';
export type { FilesEstimate } from './files/estimate.ts';
export {
  DEFAULT_PARTS,
  DEFAULT_SAMPLING,
  FILE_PARTS,
  type FilePart,
  type FilesRequest,
  type QuoteSampling,
} from './files/files-plan.ts';
export type { GeneratedDay } from './files/folder-record.ts';
export { type GenerateReport, type GenerateRequest, generateFiles } from './files/generate-files.ts';
