export { buildStructure, structuresFor } from './build.ts';
export { type Candidate, isCandidate, type NoCandidate } from './candidate.ts';
export { ChainView, type QuotedContract } from './chain-view.ts';
export { type ExitReason, exitReason, type HeldStructure } from './exits.ts';
export type { DeltaRange, ExitSettings } from './settings.ts';
export { CONVICTION, type View, viewOf, VOLATILITY_RATIO, type VolatilityView } from './view.ts';
