/** The structures that can be traded; each has its own file under `structures/`. */
export const STRATEGY_NAMES = [
  'long-call',
  'long-put',
  'bull-call-spread',
  'bear-put-spread',
  'bull-put-spread',
  'bear-call-spread',
  'iron-condor',
] as const;

export type StrategyName = (typeof STRATEGY_NAMES)[number];

/** Absolute delta of the leg that defines the structure. */
export interface DeltaRange {
  readonly min: number;
  readonly target: number;
  readonly max: number;
}

/** How one structure is built and when it is left. */
export interface StrategySettings {
  readonly enabled: boolean;
  /** Days to expiry at entry. */
  readonly dte: { readonly min: number; readonly max: number };
  /** Bought leg of debit structures, sold legs of credit structures. */
  readonly delta: DeltaRange;
  /** Distance between the strikes of a vertical, as a fraction of spot; not used by single legs. */
  readonly width: number;
  readonly exit: ExitSettings;
}

export interface ExitSettings {
  /** Gain at which it is closed: fraction of the premium paid (debit) or received (credit). */
  readonly profitTarget: number;
  /** Loss at which it is closed: fraction of the premium paid (debit) or multiple of the premium received (credit). */
  readonly stopLoss: number;
  /** Closed when this many days or fewer are left. */
  readonly minDte: number;
  /** Closed after this many minutes at the latest. */
  readonly maxMinutes: number;
}

export type StrategyBook = Readonly<Record<StrategyName, StrategySettings>>;
