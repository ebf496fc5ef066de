import { type Micros, TradingError } from '@trading-agent/core';
import type { Broker, BrokerEvent, BrokerOrder, BrokerPosition } from '@trading-agent/broker';
import { lastTradingDay, nyDate, session } from '@trading-agent/calendar';
import { type EngineView, wholeUnits } from '@trading-agent/engine';
import { type ExecutionLeg, isOptionSymbol, isTerminal, optionContract } from '@trading-agent/instruments';
import { derivedExecutionId, type OwnOrder, type OwnOrders } from './own-orders.ts';

/** What the broker's books say that ours do not. */
export interface Reconciliation {
  /** What we have missed, as the broker would have told it: to be fed to the engine and compared again. */
  readonly missed: readonly BrokerEvent[];
  /** What no event can express, in words. Empty together with `missed`: the books agree. */
  readonly different: readonly string[];
}

/**
 * Compares the broker's orders and positions, who is the truth about both, with ours.
 * @param isUnresolved true for an order whose submission has no answer yet: whether the broker has it is being asked elsewhere
 */
export function reconcile(
  theirs: { readonly orders: readonly BrokerOrder[]; readonly positions: readonly BrokerPosition[] },
  own: OwnOrders,
  view: EngineView,
  at: Micros,
  isUnresolved: (clientOrderId: string) => boolean,
): Reconciliation {
  const missed: BrokerEvent[] = [];
  const different: string[] = [];
  for (const told of theirs.orders) {
    const ours = own.get(told.order.clientOrderId);
    if (ours !== undefined) {
      const order = compareOrder(told, ours, at);
      missed.push(...order.missed);
      different.push(...order.different);
    } else if (!isTerminal(told.status)) {
      different.push(`order ${told.order.clientOrderId} works at the broker, this session did not send it`);
    }
  }
  const known = new Set(theirs.orders.map(({ order }) => order.clientOrderId));
  for (const { order } of own.open()) {
    if (!known.has(order.clientOrderId) && !isUnresolved(order.clientOrderId))
      different.push(`order ${order.clientOrderId} is open in the books, the broker does not list it`);
  }
  // Positions can only be compared once the fills are known.
  if (missed.length === 0) different.push(...positionDifferences(theirs.positions, view));
  return { missed, different };
}

function compareOrder(told: BrokerOrder, ours: OwnOrder, at: Micros): Reconciliation {
  const { brokerOrderId, status } = told;
  const { clientOrderId } = ours.order;
  const missed: BrokerEvent[] = [];
  const units = told.filledQuantity - ours.filled;
  if (units < 0)
    return {
      missed,
      different: [`order ${clientOrderId}: broker ${told.filledQuantity} filled, books ${ours.filled}`],
    };
  if (units > 0) {
    const legs = missingLegs(told, ours, units);
    if (legs === null)
      return { missed, different: [`order ${clientOrderId}: the broker's leg fills are not ${units} more units`] };
    missed.push({
      kind: 'execution',
      at,
      brokerOrderId,
      status: status === 'filled' ? 'filled' : 'partially_filled',
      execution: {
        executionId: derivedExecutionId(brokerOrderId, told.filledQuantity),
        clientOrderId,
        at,
        quantity: units,
        legs,
      },
    });
  }
  const isOver = ours.status !== 'pending' && isTerminal(ours.status);
  if (!isOver && (status === 'canceled' || status === 'expired' || status === 'rejected'))
    missed.push({ kind: 'order', at, clientOrderId, brokerOrderId, status });
  return { missed, different: [] };
}

/** The fills of each leg beyond what is booked, at the price that brings their average to the broker's; `null` when they are no whole units. */
function missingLegs(told: BrokerOrder, ours: OwnOrder, units: number): readonly ExecutionLeg[] | null {
  const legs: ExecutionLeg[] = [];
  for (const { symbol, ratio, intent } of ours.order.legs) {
    const theirs = told.filledLegs.find((leg) => leg.symbol === symbol);
    const booked = ours.legs.get(symbol) ?? { quantity: 0, cost: 0 };
    const quantity = (theirs?.quantity ?? 0) - booked.quantity;
    if (theirs === undefined || quantity !== ratio * units) return null;
    const price = Math.round(((theirs.quantity * theirs.averagePrice - booked.cost) / quantity) * 1e6) / 1e6;
    if (!(price >= 0)) return null;
    legs.push({ symbol, intent, quantity, price });
  }
  return legs;
}

/**
 * Each contract or stock that broker and books hold differently, in words. After the close of an option's last day it and the shares it may have
 * turned into are left out: what became of them is the broker's to say, and he does so the next session.
 */
export function positionDifferences(positions: readonly BrokerPosition[], view: EngineView): readonly string[] {
  const theirs = new Map(positions.map(({ symbol, quantity }) => [symbol, wholeUnits(quantity)]));
  const ours = new Map<string, number>();
  for (const { symbol, quantity } of view.positions) ours.set(symbol, quantity);
  for (const { ticker, quantity } of view.shares) ours.set(ticker, quantity);
  const settling = settlingSymbols([...ours.keys()], view.at);
  return [...new Set([...theirs.keys(), ...ours.keys()])]
    .filter((symbol) => !settling.has(symbol) && (theirs.get(symbol) ?? 0) !== (ours.get(symbol) ?? 0))
    .map((symbol) => `${symbol}: broker ${theirs.get(symbol) ?? 0}, books ${ours.get(symbol) ?? 0}`);
}

/** Options among `symbols` whose last day has closed at `at`, and their underlyings. */
function settlingSymbols(symbols: readonly string[], at: Micros): ReadonlySet<string> {
  const today = nyDate(at);
  const close = session(today)?.close;
  const settling = new Set<string>();
  if (close === undefined || at < close) return settling;
  for (const symbol of symbols) {
    if (!isOptionSymbol(symbol)) continue;
    const { underlying, expiry, settles } = optionContract(symbol);
    if (lastTradingDay(expiry, settles) !== today) continue;
    settling.add(symbol);
    settling.add(underlying);
  }
  return settling;
}

/**
 * The last comparison of a day.
 * @throws {TradingError} `BROKER_DISAGREES` naming each contract that differs.
 */
export async function assertBrokerAgrees(broker: Broker, view: EngineView): Promise<void> {
  const different = positionDifferences(await broker.positions(), view);
  if (different.length === 0) return;
  throw new TradingError(
    'BROKER_DISAGREES',
    `The broker's positions are not those of the books: ${different.join('; ')}`,
    {
      hint: 'Look at the account by hand; the session stays open and can be resumed when both agree.',
      details: { different },
    },
  );
}
