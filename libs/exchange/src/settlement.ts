import { lastTradingDay } from '@trading-agent/calendar';
import { type MarketDate, type Usd, ZERO_USD, deriveUuid, notional } from '@trading-agent/core';
import type { OptionContract, OptionSymbol } from '@trading-agent/instruments';
import type { AccountLedger, EventRow } from './account-ledger.ts';
import type { ActivityKind } from './activity.ts';
import type { Floor } from './floor.ts';

/** An option is exercised at expiry from one cent in the money on (OCC Rule 805), unless its holder declines. */
const LEAST_IN_THE_MONEY = 0.01;
/** Where nobody told the underlying's price, an option whose mark is worth this much counts as in the money. */
const LEAST_MARK = 0.05;

export interface OptionPosition {
  readonly contract: OptionContract;
  /** Signed. */
  readonly quantity: number;
}

/** The account's options on each underlying that `when` picks. */
export function positionsByUnderlying(
  ledger: AccountLedger,
  floor: Floor,
  when: (contract: OptionContract) => boolean,
): ReadonlyMap<string, readonly OptionPosition[]> {
  const groups = new Map<string, OptionPosition[]>();
  for (const { symbol, quantity } of ledger.options()) {
    const contract = floor.contract(symbol);
    if (!when(contract)) continue;
    groups.set(contract.underlying, [...(groups.get(contract.underlying) ?? []), { contract, quantity }]);
  }
  return groups;
}

/** Whether the contract trades for the last time on `date`. */
export function endsOn(contract: OptionContract, date: MarketDate): boolean {
  return lastTradingDay(contract.expiry, contract.settles) === date;
}

/** Dollars per share in the money at `spot`, 0 when out of it; judged by the mark where there is no spot. */
export function inTheMoney(contract: OptionContract, floor: Floor, spot: number | null): number {
  if (spot === null) {
    const mark = floor.mark(contract.symbol) ?? 0;
    return mark >= LEAST_MARK ? mark : 0;
  }
  const beyond = contract.right === 'call' ? spot - contract.strike : contract.strike - spot;
  // Prices have four decimals at most; the sum of doubles is brought back onto that grid.
  const amount = Math.round(beyond * 10_000) / 10_000;
  return amount >= LEAST_IN_THE_MONEY ? amount : 0;
}

/** How many of `quantity` long contracts the account can exercise: it needs the shares or the cash that it delivers. */
export function exercisable({ contract, quantity }: OptionPosition, cash: Usd, shares: number): number {
  const perContract = notional(contract.strike, 1, contract.multiplier);
  if (contract.right === 'put') return Math.min(quantity, Math.max(0, Math.floor(shares / contract.multiplier)));
  const covering = Math.max(0, Math.floor(-shares / contract.multiplier));
  const affordable = Math.max(0, Math.floor((cash - covering * perContract) / perContract));
  return Math.min(quantity, covering + affordable);
}

export interface Settling {
  readonly accountNumber: string;
  readonly ledger: AccountLedger;
  readonly floor: Floor;
  /** Contracts whose holder does not want them exercised. */
  readonly declined: ReadonlySet<OptionSymbol>;
}

/**
 * Ends what expires of one underlying at `spot`: shorts in the money are assigned first, then longs in the money are exercised as far as the
 * account can deliver, the rest expires. Cash-settled options pay what they are in the money.
 */
export function settleExpiring(account: Settling, positions: readonly OptionPosition[], spot: number | null): void {
  const { floor, ledger, declined } = account;
  const ordered = [...positions].sort((a, b) => a.quantity - b.quantity);
  for (const position of ordered) {
    const { contract, quantity } = position;
    const amount = inTheMoney(contract, floor, spot);
    if (amount === 0 || (quantity > 0 && declined.has(contract.symbol))) {
      expire(account, position, quantity);
    } else if (contract.settlement === 'cash') {
      settleInCash(account, position, amount);
    } else if (quantity < 0) {
      assign(account, position, -quantity, 'expiry');
    } else {
      const owned = ledger.holdings.shares.get(contract.underlying) ?? 0;
      const exercised = exercisable(position, ledger.cash, owned);
      if (exercised > 0) exercise(account, position, exercised);
      if (exercised < quantity) expire(account, position, quantity - exercised);
    }
  }
}

/** `contracts` short ones are assigned: they are gone, the shares change hands at the strike. */
export function assign(account: Settling, { contract }: OptionPosition, contracts: number, why: string): void {
  const side = contract.right === 'call' ? -1 : 1;
  deliver(account, contract, 'assignment', contracts, side * contracts, why);
}

/** `contracts` long ones are exercised. */
export function exercise(account: Settling, { contract }: OptionPosition, contracts: number, why = 'expiry'): void {
  const side = contract.right === 'call' ? 1 : -1;
  deliver(account, contract, 'exercise', -contracts, side * contracts, why);
}

function deliver(
  { accountNumber, ledger, floor }: Settling,
  contract: OptionContract,
  kind: 'assignment' | 'exercise',
  optionChange: number,
  sharesInLots: number,
  why: string,
): void {
  const { symbol, underlying, strike, multiplier } = contract;
  const rows: EventRow[] = [
    { kind, move: { symbol, quantity: optionChange, price: 0, multiplier } },
    {
      kind: 'delivery',
      move: { symbol: underlying, quantity: sharesInLots * multiplier, price: strike, multiplier: 1 },
    },
  ];
  const eventId = deriveUuid(accountNumber, floor.session.date, symbol, kind, why, optionChange);
  ledger.record({ eventId, kind, rows, description: `${kind} of ${Math.abs(optionChange)} ${symbol} (${why})` });
}

function expire({ accountNumber, ledger, floor }: Settling, { contract }: OptionPosition, quantity: number): void {
  const { symbol, multiplier } = contract;
  const kind: ActivityKind = 'expiry';
  ledger.record({
    eventId: deriveUuid(accountNumber, floor.session.date, symbol, kind),
    kind,
    rows: [{ kind, move: { symbol, quantity: -quantity, price: 0, multiplier } }],
    description: `${symbol} expired`,
  });
}

function settleInCash(account: Settling, { contract, quantity }: OptionPosition, amount: number): void {
  const { accountNumber, ledger, floor } = account;
  const { symbol, multiplier } = contract;
  const cash = notional(amount, quantity, multiplier);
  ledger.record({
    eventId: deriveUuid(accountNumber, floor.session.date, symbol, 'cash'),
    kind: 'cash',
    rows: [
      { kind: quantity > 0 ? 'exercise' : 'assignment', move: { symbol, quantity: -quantity, price: 0, multiplier } },
      { kind: 'cash', symbol, cash: cash === 0 ? ZERO_USD : cash },
    ],
    description: `${symbol} settled in cash at ${amount} per share`,
  });
}
