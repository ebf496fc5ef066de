import { type MarketDate, deriveUuid, notional, usdFromMicros } from '@trading-agent/core';
import type { OptionContract } from '@trading-agent/instruments';
import type { AccountLedger } from './account-ledger.ts';
import { draw } from './chance.ts';
import { type CorporateAction, afterSplit } from './corporate-action.ts';
import type { Floor } from './floor.ts';
import { type OptionPosition, type Settling, assign, positionsByUnderlying } from './settlement.ts';

/**
 * How often a short contract is assigned the night before its stock goes ex-dividend, when exercising is the better choice for its holder:
 * more than 40 % of such calls are left unexercised (Pool, Stoll, Whaley 2008, "Failure to exercise call options").
 */
const DIVIDEND_ASSIGNMENTS = 0.6;
/** How often per night without a dividend, when the option has nothing left but its intrinsic value. An assumption. */
const IDLE_ASSIGNMENTS = 0.05;
/** Extrinsic value in dollars per share that counts as nothing. */
const NOTHING_LEFT = 0.02;

/** Assigns short American options overnight, by what their holders would lose or gain by exercising. Drawn per contract. */
export function assignEarly(account: Settling, tomorrow: MarketDate, actions: readonly CorporateAction[]): void {
  const { ledger, floor, accountNumber } = account;
  const groups = positionsByUnderlying(
    ledger,
    floor,
    ({ style, settlement }) => style === 'american' && settlement === 'physical',
  );
  for (const [underlying, positions] of groups) {
    const spot = floor.spot(underlying);
    if (spot === null) continue;
    const dividend = dividendOn(tomorrow, underlying, actions);
    for (const position of positions) {
      if (position.quantity >= 0) continue;
      const rate = assignmentRate(position, spot, floor.mark(position.contract.symbol), dividend);
      const { date } = floor.session;
      let assigned = 0;
      for (let index = 0; rate > 0 && index < -position.quantity; index += 1)
        if (draw(accountNumber, position.contract.symbol, date, index) < rate) assigned += 1;
      if (assigned > 0) assign(account, position, assigned, 'early');
    }
  }
}

/** Chance per contract and night. A mark that is missing or below intrinsic value leaves nothing. */
function assignmentRate({ contract }: OptionPosition, spot: number, mark: number | null, dividend: number): number {
  const { right, strike } = contract;
  const intrinsic = Math.max(0, right === 'call' ? spot - strike : strike - spot);
  if (intrinsic === 0) return 0;
  const extrinsic = mark === null ? 0 : Math.max(0, mark - intrinsic);
  if (right === 'call' && dividend > extrinsic) return DIVIDEND_ASSIGNMENTS;
  // Who exercises a put early gives up a dividend that is about to come.
  if (right === 'put' && dividend > 0) return 0;
  return extrinsic <= NOTHING_LEFT ? IDLE_ASSIGNMENTS : 0;
}

function dividendOn(date: MarketDate, ticker: string, actions: readonly CorporateAction[]): number {
  let sum = 0;
  for (const action of actions)
    if (action.kind === 'dividend' && action.ticker === ticker && action.exDate === date) sum += action.amount;
  return sum;
}

/** Shares held when a stock goes ex-dividend, and when they are paid for. */
export interface Entitlement {
  readonly ticker: string;
  readonly shares: number;
  readonly amount: number;
  readonly exDate: MarketDate;
  readonly payDate: MarketDate;
  /** Which of the dividends of that stock and day: a regular and a special one may go together. */
  readonly number: number;
}

/** What today's ex-dividend dates entitle the account to; short shares owe it. */
export function entitlements(
  ledger: AccountLedger,
  today: MarketDate,
  actions: readonly CorporateAction[],
): Entitlement[] {
  const found: Entitlement[] = [];
  for (const action of actions) {
    if (action.kind !== 'dividend' || action.exDate !== today) continue;
    const { ticker, amount, exDate, payDate } = action;
    const shares = ledger.holdings.shares.get(ticker) ?? 0;
    const number = found.filter((other) => other.ticker === ticker).length;
    if (shares !== 0) found.push({ ticker, shares, amount, exDate, payDate, number });
  }
  return found;
}

export function payDividend(accountNumber: string, ledger: AccountLedger, paid: Entitlement, today: MarketDate): void {
  const { ticker, shares, amount, exDate, number } = paid;
  ledger.record(
    {
      eventId: deriveUuid(accountNumber, exDate, ticker, 'dividend', number),
      kind: 'dividend',
      rows: [{ kind: 'dividend', symbol: ticker, cash: usdFromMicros(notional(amount, shares, 1)) }],
      description: `Dividend of ${amount} per share on ${shares} ${ticker}`,
    },
    today,
  );
}

/** Contracts that the splits of `date` make of those held; they have to be listed before the books are converted. */
export function contractsAfterSplits(
  ledger: AccountLedger,
  floor: Floor,
  date: MarketDate,
  actions: readonly CorporateAction[],
): OptionContract[] {
  return splitsOn(date, actions).flatMap(({ ticker, ratio }) =>
    [...positionsByUnderlying(ledger, floor, ({ underlying }) => underlying === ticker).values()]
      .flat()
      .map(({ contract }) => afterSplit(contract, ratio)),
  );
}

/** Turns what the account holds into what the splits of `date` make of it. */
export function convertForSplits(
  { accountNumber, ledger, floor }: Settling,
  date: MarketDate,
  actions: readonly CorporateAction[],
): void {
  for (const { ticker, ratio } of splitsOn(date, actions)) {
    const eventId = (symbol: string): string => deriveUuid(accountNumber, date, symbol, 'split');
    const what = `${ticker} split ${ratio} for 1`;
    const owned = ledger.holdings.shares.get(ticker) ?? 0;
    if (owned !== 0)
      ledger.convert(
        eventId(ticker),
        ticker,
        { symbol: ticker, quantity: owned * ratio, price: 0, multiplier: 1 },
        what,
      );
    for (const { contract, quantity } of [
      ...positionsByUnderlying(ledger, floor, (held) => held.underlying === ticker).values(),
    ].flat()) {
      const { symbol, multiplier } = afterSplit(contract, ratio);
      ledger.convert(
        eventId(contract.symbol),
        contract.symbol,
        { symbol, quantity: quantity * ratio, price: 0, multiplier },
        what,
      );
    }
  }
}

export function splitsOn(
  date: MarketDate,
  actions: readonly CorporateAction[],
): (CorporateAction & { kind: 'split' })[] {
  return actions.flatMap((action) => (action.kind === 'split' && action.exDate === date ? [action] : []));
}
