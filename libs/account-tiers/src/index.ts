export {
  firstStanding,
  standingAtOpen,
  type StandingChange,
  standingDuring,
  type TierChange,
  type TierStanding,
} from './standing.ts';
export {
  nextEarnings,
  type SelectionBudget,
  type SelectionReason,
  selectSymbols,
  sellsNoCalls,
  smallestBalanceOf,
  type SymbolChoice,
  type SymbolFacts,
} from './symbol-selection.ts';
export {
  type FractionLimit,
  fractionOf,
  smallestBalanceFor,
  type Tier,
  tierBefore,
  tierFor,
  tierOfStanding,
} from './tier.ts';
