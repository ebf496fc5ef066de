import { addUsd, TradingError, usd, ZERO_USD } from '@trading-agent/core';
import type {
  Broker,
  BrokerAccount,
  BrokerEvent,
  BrokerOrder,
  BrokerPosition,
  RiskApproved,
} from '@trading-agent/broker';
import { type Execution, type Order, type OrderStatus, sideOf, sign } from '@trading-agent/instruments';
import { AN_INSTANT } from '@trading-agent/testkit';
import { Subject } from 'rxjs';

interface FakeOrder {
  readonly brokerOrderId: string;
  readonly order: Order;
  status: OrderStatus;
  filled: number;
  /** Net price per leg of all fills: each leg fills at this. */
  price: number;
}

/** What the next call of a kind answers instead of doing its work. */
export interface NextAnswer {
  readonly error: TradingError;
  /** The order is taken all the same. */
  readonly isTaken?: boolean;
}

/** A broker in memory whose orders fill when the test says so, and whose stream tells as much of it as the test wants. */
export class FakeBroker implements Broker {
  readonly accountNumber: string;
  readonly events = new Subject<BrokerEvent>();
  readonly submitted: string[] = [];
  readonly canceled: string[] = [];
  readonly foreign: BrokerPosition[] = [];
  lookups = 0;
  /** Taken one by one by `submit`, `orderByClientId` and `cancel`; without one the call does its work. */
  readonly next = { submit: [] as NextAnswer[], lookup: [] as NextAnswer[], cancel: [] as NextAnswer[] };
  isReachable = true;
  cash = usd(25_000);
  /** Dollars of what the account holds besides options: fractions of shares, coins. */
  besides = ZERO_USD;
  #orders = new Map<string, FakeOrder>();

  constructor(accountNumber = 'FAKE-1') {
    this.accountNumber = accountNumber;
  }

  account(): Promise<BrokerAccount> {
    const { accountNumber, cash, besides } = this;
    return Promise.resolve({
      accountNumber,
      cash,
      equity: addUsd(cash, besides),
      lastEquity: addUsd(cash, besides),
      optionsBuyingPower: cash,
      optionsLevel: 3,
      tradable: true,
    });
  }

  positions(): Promise<readonly BrokerPosition[]> {
    this.#reach();
    const held = new Map(this.foreign.map(({ symbol, quantity }) => [symbol, quantity]));
    for (const { order, filled } of this.#orders.values()) {
      for (const { symbol, ratio, intent } of order.legs)
        held.set(symbol, (held.get(symbol) ?? 0) + sign(sideOf(intent)) * ratio * filled);
    }
    const rows = [...held].filter(([, quantity]) => quantity !== 0);
    return Promise.resolve(rows.map(([symbol, quantity]) => ({ symbol, quantity, averagePrice: 1 })));
  }

  orders(): Promise<readonly BrokerOrder[]> {
    this.#reach();
    return Promise.resolve([...this.#orders.values()].map(shown));
  }

  orderByClientId(clientOrderId: string): Promise<BrokerOrder | undefined> {
    this.lookups++;
    const answer = this.next.lookup.shift();
    if (answer !== undefined) return Promise.reject(answer.error);
    const found = this.#orders.get(clientOrderId);
    return Promise.resolve(found === undefined ? undefined : shown(found));
  }

  submit({ order }: RiskApproved): Promise<{ readonly brokerOrderId: string }> {
    this.submitted.push(order.clientOrderId);
    const answer = this.next.submit.shift();
    if (answer !== undefined && answer.isTaken !== true) return Promise.reject(answer.error);
    const { brokerOrderId } = this.take(order);
    return answer === undefined ? Promise.resolve({ brokerOrderId }) : Promise.reject(answer.error);
  }

  cancel(brokerOrderId: string): Promise<void> {
    this.canceled.push(brokerOrderId);
    const answer = this.next.cancel.shift();
    return answer === undefined ? Promise.resolve() : Promise.reject(answer.error);
  }

  /** Enters an order, whoever sent it. */
  take(order: Order): FakeOrder {
    const fake: FakeOrder = { brokerOrderId: `B-${order.clientOrderId}`, order, status: 'new', filled: 0, price: 0 };
    this.#orders.set(order.clientOrderId, fake);
    return fake;
  }

  /** Fills units at a price per leg; the caller decides whether the stream tells it. */
  fill(clientOrderId: string, units: number, price: number): BrokerEvent {
    const fake = this.#find(clientOrderId);
    const before = fake.filled;
    fake.filled += units;
    fake.price = (fake.price * before + price * units) / fake.filled;
    fake.status = fake.filled === fake.order.quantity ? 'filled' : 'partially_filled';
    const execution: Execution = {
      executionId: `E-${clientOrderId}-${fake.filled}`,
      clientOrderId,
      at: AN_INSTANT,
      quantity: units,
      legs: fake.order.legs.map(({ symbol, intent, ratio }) => ({ symbol, intent, quantity: ratio * units, price })),
    };
    const { brokerOrderId, status } = fake;
    return {
      kind: 'execution',
      at: AN_INSTANT,
      brokerOrderId,
      status: status === 'filled' ? 'filled' : 'partially_filled',
      execution,
    };
  }

  end(clientOrderId: string, status: 'canceled' | 'expired'): BrokerEvent {
    const fake = this.#find(clientOrderId);
    fake.status = status;
    return { kind: 'order', at: AN_INSTANT, clientOrderId, brokerOrderId: fake.brokerOrderId, status };
  }

  #find(clientOrderId: string): FakeOrder {
    const found = this.#orders.get(clientOrderId);
    if (found === undefined) throw new Error(`The fake broker has no order ${clientOrderId}`);
    return found;
  }

  #reach(): void {
    if (!this.isReachable) throw new TradingError('BROKER_UNAVAILABLE', 'The fake broker is away');
  }
}

function shown({ brokerOrderId, order, status, filled, price }: FakeOrder): BrokerOrder {
  return {
    brokerOrderId,
    order,
    status,
    filledQuantity: filled,
    filledLegs:
      filled === 0
        ? []
        : order.legs.map(({ symbol, ratio }) => ({ symbol, quantity: ratio * filled, averagePrice: price })),
  };
}
