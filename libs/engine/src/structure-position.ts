import { type MarketDate, type Micros, TradingError, type Usd, addUsd, notional, ZERO_USD } from '@trading-agent/core';
import {
  type Execution,
  type OptionContract,
  optionContract,
  type OptionSymbol,
  type OptionLeg,
  netPrice,
  optionSymbol,
} from '@trading-agent/instruments';
import type { StrategyName } from '@trading-agent/config';
import type { Candidate, View } from '@trading-agent/strategies';
import type { Reason } from './decisions.ts';
import type { CarriedStructure } from './session-record.ts';
import type { HeldPosition } from './taken-over.ts';

/** The strategy of what the account holds and this agent did not open: nothing is decided about it, except to flatten it. */
export const FOREIGN: StrategyName = 'foreign';

/** One structure from the first opening order to the last closing fill. Units are strategy units (one of each leg's ratio). */
export interface StructurePosition {
  /** `S1`, `S2`, ... in order of decision. */
  readonly id: string;
  readonly strategy: StrategyName;
  /** How sure the view was that opened it. */
  readonly conviction: View['conviction'];
  /** How often it has been rolled already. */
  readonly rolls: number;
  readonly underlying: string;
  /** Opening legs. */
  readonly legs: readonly OptionLeg[];
  readonly contracts: readonly OptionContract[];
  readonly expiry: MarketDate;
  /** Shares that each unit counts on; 0 when the options stand alone. */
  readonly shares: number;
  readonly maxLossPerUnit: Usd;
  /** Premium paid or collateral reserved, per unit. */
  readonly committedPerUnit: Usd;
  /** Units of the opening order that may still fill. */
  working: number;
  /** Units held. */
  open: number;
  /** Average signed net entry price per share. */
  entryNet: number;
  openedAt: Micros | null;
  /** Profit of the units closed since it was last empty, before fees. */
  realized: Usd;
  closingIntent: string | null;
  attempts: number;
  /** When the broker last rejected an order of it. */
  rejectedAt: Micros | null;
  /** Exit rule of the last closing order. */
  exitRule: string | null;
  /** It has been left by a rolling exit and its successor has not been looked for yet. */
  rollDue: boolean;
  /** Largest absolute delta among the sold legs, and the bar it was measured on. */
  shortDelta: { readonly at: Micros; readonly value: number | null } | null;
  /** It was there before the session and nobody's record explains it: it is closed by a flatten only. */
  readonly foreign: boolean;
  /** It has lost a leg (expired, assigned): what is left is closed. */
  readonly broken: boolean;
  /** Why it is closed whatever its own exits say: the shares that it stands on are sold. */
  leaving: Reason | null;
  /** Each unit that is closed lets its shares go. */
  sharesGo: boolean;
  /** What kept it from being closed when that was last told; told once, not at every step. */
  obstacle: string | null;
}

export function newStructure(
  id: string,
  candidate: Candidate,
  quantity: number,
  view: { readonly conviction: View['conviction']; readonly rolls: number },
): StructurePosition {
  const [expiry] = candidate.contracts.map((contract) => contract.expiry).sort();
  if (expiry === undefined) throw new TradingError('INTERNAL', `Structure ${id} has no contracts`);
  return {
    id,
    strategy: candidate.strategy,
    ...view,
    underlying: candidate.underlying,
    legs: candidate.legs,
    contracts: candidate.contracts,
    expiry,
    shares: candidate.shares,
    maxLossPerUnit: candidate.maxLossPerUnit,
    committedPerUnit: candidate.committedPerUnit,
    ...FRESH,
    working: quantity,
  };
}

/** How a structure begins. */
const FRESH = {
  working: 0,
  open: 0,
  entryNet: 0,
  openedAt: null,
  realized: ZERO_USD,
  closingIntent: null,
  attempts: 0,
  rejectedAt: null,
  foreign: false,
  broken: false,
  leaving: null,
  sharesGo: false,
  obstacle: null,
  exitRule: null,
  rollDue: false,
  shortDelta: null,
} as const;

/** A structure of an earlier session, to be managed on. */
export function carriedStructure(
  carried: CarriedStructure,
  contract: (symbol: OptionSymbol) => OptionContract,
): StructurePosition {
  const { leaving = null } = carried;
  return { ...FRESH, ...carried, leaving, contracts: carried.legs.map(({ symbol }) => contract(symbol)) };
}

/** A foreign option position; its risk is measured with all foreign positions of its underlying (`foreignExposures`). */
export function foreignStructure(id: string, { symbol, quantity, averagePrice }: HeldPosition): StructurePosition {
  const contract = optionContract(symbol);
  return {
    ...FRESH,
    id,
    strategy: FOREIGN,
    conviction: 'none',
    rolls: 0,
    underlying: contract.underlying,
    legs: [{ symbol: optionSymbol(symbol), ratio: 1, intent: quantity > 0 ? 'buy_to_open' : 'sell_to_open' }],
    contracts: [contract],
    expiry: contract.expiry,
    shares: 0,
    maxLossPerUnit: ZERO_USD,
    committedPerUnit: ZERO_USD,
    open: Math.abs(quantity),
    entryNet: Math.sign(quantity) * averagePrice,
    foreign: true,
  };
}

/** What a later session must know of it. */
export function toBeCarried(structure: StructurePosition): CarriedStructure {
  const { id, strategy, conviction, rolls, underlying, legs, expiry, shares, maxLossPerUnit } = structure;
  const { committedPerUnit, open, entryNet, openedAt, realized, attempts, broken, leaving } = structure;
  return {
    id,
    strategy,
    conviction,
    rolls,
    underlying,
    legs,
    expiry,
    shares,
    maxLossPerUnit,
    committedPerUnit,
    open,
    entryNet,
    openedAt,
    realized,
    attempts,
    broken,
    ...(leaving === null ? {} : { leaving }),
  };
}

/** Units that fill beyond what was working (an overfill, a late fill) are held all the same. */
export function recordOpeningFill(structure: StructurePosition, execution: Execution): void {
  const net = executionNet(structure, execution);
  structure.entryNet =
    (structure.entryNet * structure.open + net * execution.quantity) / (structure.open + execution.quantity);
  structure.open += execution.quantity;
  structure.working = Math.max(0, structure.working - execution.quantity);
  structure.openedAt ??= execution.at;
}

/** @returns the units that it closed: none when nothing was held any more. */
export function recordClosingFill(structure: StructurePosition, execution: Execution): number {
  const closed = Math.min(execution.quantity, structure.open);
  // The package's value by the entry's signs: what it is worth more than it cost is gained.
  const gain = executionNet(structure, execution) - structure.entryNet;
  const profit = notional(gain, closed, structure.contracts[0]?.multiplier ?? 100);
  structure.realized = addUsd(structure.realized, profit);
  structure.open -= closed;
  return closed;
}

function executionNet(structure: StructurePosition, execution: Execution): number {
  const prices = new Map(execution.legs.map((leg) => [leg.symbol, leg.price]));
  return netPrice(
    structure.legs,
    structure.legs.map((leg) => prices.get(leg.symbol) ?? Number.NaN),
  );
}

/** The legs that undo one unit: what was bought is sold and the other way round. */
export function closingLegs(structure: StructurePosition): readonly OptionLeg[] {
  return structure.legs.map((leg) => ({
    ...leg,
    intent: leg.intent === 'buy_to_open' ? 'sell_to_close' : 'buy_to_close',
  }));
}

/** Units that are held or may come: what risk counts. */
export function unitsAtRisk(structure: StructurePosition): number {
  return structure.open + structure.working;
}
