import {
  leastReturnInForce,
  type RiskSettings,
  type SelectionSettings,
  type Settings,
  type StrategyBook,
  type TierTable,
} from '@trading-agent/config';
import { type MarginTerms, REGULATION_T } from '@trading-agent/portfolio';
import { baselineModel, type SignalModel } from '@trading-agent/models';
import type { StrategyFunctions } from '@trading-agent/strategies';

/** What the engine's decisions depend on besides its events. The same configuration and events give the same decisions. */
export interface EngineConfig {
  readonly tiers: TierTable;
  readonly riskTolerance: 'low' | 'medium' | 'high';
  /** All strategies, the user's own included. */
  readonly strategies: StrategyBook;
  /** Functions of the user's own strategies, by name. */
  readonly functions: StrategyFunctions;
  /** What a symbol must offer to be traded today. */
  readonly selection: SelectionSettings;
  /** Days on which companies report, by ticker, as the user has entered them. */
  readonly earnings: Settings['symbols']['earnings'];
  /** Least expected return on the risked sum at which a structure is opened. */
  readonly leastReturn: number;
  /** Limits of the house, whatever the tier. */
  readonly risk: RiskSettings;
  readonly marginTerms: MarginTerms;
  readonly model: SignalModel;
  /** Option contracts that can have quotes at a time: slots of the market data connections. */
  readonly quotedContracts: number;
  /** Minutes between two looks at an underlying for a new structure. */
  readonly decisionMinutes: number;
  /** No new structure in the first and the last minutes of a session. */
  readonly quietMinutes: { readonly open: number; readonly close: number };
  /** A working order is cancelled after this many minutes. */
  readonly orderTimeoutMinutes: number;
}

const TIMING = { decisionMinutes: 5, quietMinutes: { open: 5, close: 15 }, orderTimeoutMinutes: 3 } as const;

/** The engine's configuration from the user's settings, with the baseline model of the seed. Live trading takes no negative expectation. */
export function engineConfig(settings: Settings, seed: number, functions: StrategyFunctions = new Map()): EngineConfig {
  return {
    tiers: settings.tiers,
    riskTolerance: settings.account.riskTolerance,
    strategies: { ...settings.strategies, ...settings.ownStrategies },
    functions,
    selection: settings.symbols.selection,
    earnings: settings.symbols.earnings,
    leastReturn: leastReturnInForce(settings),
    risk: settings.risk,
    marginTerms: marginTermsOf(settings),
    model: baselineModel(seed),
    // Of one connection: what a simulated market and a backtest have.
    quotedContracts: settings.polygon.quotesPerConnection,
    ...TIMING,
  };
}

/** Regulation T for the account's kind; a fund that tracks a broad index counts as one (FINRA Rule 4210(f)(2)(E)(i)). */
function marginTermsOf({ risk, symbols }: Settings): MarginTerms {
  return {
    account: risk.margin.account,
    uncovered: risk.margin.uncovered,
    rates: REGULATION_T,
    underlying: (ticker) => ({
      kind: symbols.catalog[ticker]?.sector === 'broad-market' ? 'broad-index' : 'equity',
      leverage: 1,
    }),
  };
}

/** Days to expiry that any enabled strategy reaches: what contracts are asked for and quoted. */
export function reachOf(strategies: StrategyBook): { readonly min: number; readonly max: number } {
  const enabled = Object.values(strategies).filter((settings) => settings.enabled);
  return {
    min: Math.min(...enabled.map((settings) => settings.dte.min), Number.MAX_SAFE_INTEGER),
    max: Math.max(
      ...enabled.map(
        ({ dte, legs, farDays }) => dte.max + (legs.some(({ expiry }) => expiry === 'far') ? farDays.max : 0),
      ),
      0,
    ),
  };
}
