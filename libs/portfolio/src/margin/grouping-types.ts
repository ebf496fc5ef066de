import type { Use } from './uses.ts';

/** How many contracts of one series stand in a spread. */
export interface SpreadMember {
  readonly series: number;
  /** Positive; the series says whether long or short. */
  readonly count: number;
}

/** All contracts of one underlying, each in exactly one place. */
export interface Grouping {
  readonly uses: readonly { readonly use: Use; readonly count: number }[];
  /** Spreads of limited risk; long and short balanced for calls and for puts. */
  readonly spreads: readonly (readonly SpreadMember[])[];
  /** Shorts that the terms allow in no way. */
  readonly uncovered: readonly SpreadMember[];
  /** True when no cheaper grouping exists. */
  readonly proven: boolean;
}
