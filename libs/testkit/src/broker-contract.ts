import type { Broker, BrokerEvent } from '@trading-agent/broker';
import { ZERO_USD } from '@trading-agent/core';
import { type OptionSymbol, type Order, netPrice } from '@trading-agent/instruments';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anOrder, approved } from './builders.ts';
import { Collected } from './collected.ts';

/** A contract that stands quoted on both sides while the suite runs. */
export interface QuotedContract {
  readonly symbol: OptionSymbol;
  readonly bid: number;
  readonly ask: number;
}

/** A broker at a market that stands still, fresh for each case: an account with at least 25,000 dollars, level 3, no position. */
export interface BrokerBench {
  readonly broker: Broker;
  readonly underlying: string;
  /** Two calls of one expiry, lower strike first, each quoted with at least five contracts on both sides. */
  readonly lower: QuotedContract;
  readonly higher: QuotedContract;
  /** RFC 3339, before every order of the case. */
  readonly since: string;
  /** Resolves when events of new orders will reach a subscriber who is there already. */
  readonly listening: () => Promise<void>;
  /** Lets the next submission arrive but its answer get lost; left out when nothing lies between caller and broker. */
  readonly loseNextAnswer?: () => void;
  readonly close: () => Promise<void>;
}

type ExecutionEvent = Extract<BrokerEvent, { kind: 'execution' }>;

/** The numbered cases that every implementation of the broker port must pass. */
export function brokerContract(name: string, makeBench: () => Promise<BrokerBench>): void {
  describe(`broker contract: ${name}`, () => {
    let bench: BrokerBench;
    let events: Collected<BrokerEvent>;

    beforeEach(async () => {
      bench = await makeBench();
      events = new Collected(bench.broker.events);
      await bench.listening();
    });
    afterEach(async () => {
      events.stop();
      await bench.close();
    });

    const single = (over: Partial<Order> = {}): Order =>
      anOrder({
        underlying: bench.underlying,
        legs: [{ symbol: bench.lower.symbol, ratio: 1, intent: 'buy_to_open' }],
        limit: bench.lower.ask,
        ...over,
      });
    const vertical = (direction: 'debit' | 'credit', over: Partial<Order> = {}): Order => {
      const [bought, sold] = direction === 'debit' ? [bench.lower, bench.higher] : [bench.higher, bench.lower];
      return anOrder({
        clientOrderId: `vertical-${direction}`,
        underlying: bench.underlying,
        legs: [
          { symbol: bought.symbol, ratio: 1, intent: 'buy_to_open' },
          { symbol: sold.symbol, ratio: 1, intent: 'sell_to_open' },
        ],
        limit: Math.round((bought.ask - sold.bid) * 100) / 100,
        ...over,
      });
    };
    const filled = (clientOrderId: string): Promise<ExecutionEvent> =>
      events.first(
        (event): event is ExecutionEvent =>
          event.kind === 'execution' && event.status === 'filled' && event.execution.clientOrderId === clientOrderId,
      );
    const held = async (): Promise<Record<string, number>> =>
      Object.fromEntries((await bench.broker.positions()).map(({ symbol, quantity }) => [symbol, quantity]));

    it('BC-01 tells a tradable account with money', async () => {
      const account = await bench.broker.account();
      expect(account.tradable).toBe(true);
      expect(account.accountNumber).not.toBe('');
      expect(account.optionsLevel).toBe(3);
      expect(account.optionsBuyingPower).toBeGreaterThan(ZERO_USD);
      expect(account.equity).toBe(account.cash);
      expect(account.lastEquity).toBe(account.equity);
      expect(await bench.broker.positions()).toEqual([]);
    });

    it('BC-02 does not know an order that it never received', async () => {
      expect(await bench.broker.orderByClientId('never-sent')).toBeUndefined();
      expect(await bench.broker.orders(bench.since)).toEqual([]);
    });

    it('BC-03 fills a marketable purchase and tells acceptance before the fill', async () => {
      const order = single({ quantity: 2 });
      const { brokerOrderId } = await bench.broker.submit(approved(order));
      const fill = await filled(order.clientOrderId);
      expect(fill.brokerOrderId).toBe(brokerOrderId);
      expect(fill.execution.legs).toEqual([
        { symbol: bench.lower.symbol, intent: 'buy_to_open', quantity: 2, price: bench.lower.ask },
      ]);
      expect(fill.execution.quantity).toBe(2);
      expect(events.values[0]).toMatchObject({ kind: 'order', status: 'new', clientOrderId: order.clientOrderId });
    });

    it('BC-04 shows the filled order and the position afterwards', async () => {
      const order = single({ quantity: 2 });
      const { brokerOrderId } = await bench.broker.submit(approved(order));
      await filled(order.clientOrderId);
      expect(await bench.broker.orderByClientId(order.clientOrderId)).toEqual({
        brokerOrderId,
        order,
        status: 'filled',
        filledQuantity: 2,
        filledLegs: [{ symbol: bench.lower.symbol, quantity: 2, averagePrice: bench.lower.ask }],
      });
      expect(await bench.broker.positions()).toMatchObject([
        { symbol: bench.lower.symbol, quantity: 2, averagePrice: bench.lower.ask },
      ]);
    });

    it('BC-05 sells what it holds for a negative limit', async () => {
      await bench.broker.submit(approved(single()));
      await filled('order-1');
      const sale = single({
        clientOrderId: 'sale-1',
        legs: [{ symbol: bench.lower.symbol, ratio: 1, intent: 'sell_to_close' }],
        limit: -bench.lower.bid,
      });
      await bench.broker.submit(approved(sale));
      const fill = await filled('sale-1');
      expect(fill.execution.legs).toEqual([
        { symbol: bench.lower.symbol, intent: 'sell_to_close', quantity: 1, price: bench.lower.bid },
      ]);
      expect((await bench.broker.orderByClientId('sale-1'))?.order).toEqual(sale);
      expect(await held()).toEqual({});
    });

    it.each(['debit', 'credit'] as const)(
      'BC-06 fills a %s vertical as one package within its limit',
      async (direction) => {
        const order = vertical(direction, { quantity: 2 });
        await bench.broker.submit(approved(order));
        const { execution } = await filled(order.clientOrderId);
        expect(execution.quantity).toBe(2);
        expect(execution.legs.map(({ symbol, intent, quantity }) => ({ symbol, intent, quantity }))).toEqual(
          order.legs.map(({ symbol, intent }) => ({ symbol, intent, quantity: 2 })),
        );
        const net = netPrice(
          order.legs,
          execution.legs.map((leg) => leg.price),
        );
        expect(net).toBeLessThanOrEqual(order.limit ?? Number.NaN);
        expect(Math.sign(net)).toBe(direction === 'debit' ? 1 : -1);
        expect(await held()).toEqual(
          Object.fromEntries(execution.legs.map((leg) => [leg.symbol, leg.intent === 'buy_to_open' ? 2 : -2])),
        );
      },
    );

    it('BC-07 shows a package with its legs, ratios and signed limit as it was sent', async () => {
      const order = vertical('credit', {
        legs: [
          { symbol: bench.higher.symbol, ratio: 2, intent: 'buy_to_open' },
          { symbol: bench.lower.symbol, ratio: 1, intent: 'sell_to_open' },
        ],
        limit: -0.01 - bench.lower.ask,
      });
      await bench.broker.submit(approved(order));
      const shown = await bench.broker.orderByClientId(order.clientOrderId);
      expect(shown?.order).toEqual({ ...order, limit: expect.closeTo(order.limit ?? Number.NaN, 6) });
      expect(shown).toMatchObject({ status: 'new', filledQuantity: 0, filledLegs: [] });
    });

    it('BC-08 keeps an order that is not marketable and cancels it on request', async () => {
      const order = single({ limit: 0.01 });
      const { brokerOrderId } = await bench.broker.submit(approved(order));
      expect((await bench.broker.orderByClientId(order.clientOrderId))?.status).toBe('new');
      await bench.broker.cancel(brokerOrderId);
      await events.until((all) => all.some((event) => event.kind === 'order' && event.status === 'canceled'));
      expect((await bench.broker.orderByClientId(order.clientOrderId))?.status).toBe('canceled');
      expect(events.values.some((event) => event.kind === 'execution')).toBe(false);
    });

    it('BC-09 refuses to cancel what does not exist or is over', async () => {
      await expect(bench.broker.cancel('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
        code: 'BROKER_NOT_FOUND',
      });
      const { brokerOrderId } = await bench.broker.submit(approved(single()));
      await filled('order-1');
      await expect(bench.broker.cancel(brokerOrderId)).rejects.toMatchObject({ code: 'BROKER_REJECTED' });
    });

    it('BC-10 takes a client order id once', async () => {
      const order = single();
      await bench.broker.submit(approved(order));
      await expect(bench.broker.submit(approved(order))).rejects.toMatchObject({ code: 'BROKER_REJECTED' });
      await filled(order.clientOrderId);
      expect(await held()).toEqual({ [bench.lower.symbol]: 1 });
    });

    it('BC-11 lists all orders since an instant, open and closed, each once', async () => {
      await bench.broker.submit(approved(single()));
      await filled('order-1');
      await bench.broker.submit(approved(single({ clientOrderId: 'resting', limit: 0.01 })));
      await bench.broker.submit(approved(vertical('debit')));
      await filled('vertical-debit');
      const orders = await bench.broker.orders(bench.since);
      expect(orders.map(({ order, status }) => [order.clientOrderId, status])).toEqual([
        ['order-1', 'filled'],
        ['resting', 'new'],
        ['vertical-debit', 'filled'],
      ]);
    });

    it('BC-12 tells each execution once, and gives repeats of a case the same sum as the order', async () => {
      await bench.broker.submit(approved(vertical('debit', { quantity: 3 })));
      await filled('vertical-debit');
      const executions = events.values.filter((event): event is ExecutionEvent => event.kind === 'execution');
      expect(new Set(executions.map((event) => event.execution.executionId)).size).toBe(executions.length);
      expect(executions.reduce((sum, event) => sum + event.execution.quantity, 0)).toBe(3);
    });

    it('BC-13 says that the fate is unknown when the answer to a submission is lost, and finds the order afterwards', async (context) => {
      if (!bench.loseNextAnswer) return context.skip('nothing lies between caller and broker');
      bench.loseNextAnswer();
      const order = single();
      await expect(bench.broker.submit(approved(order))).rejects.toMatchObject({ code: 'ORDER_FATE_UNKNOWN' });
      await filled(order.clientOrderId);
      expect(await bench.broker.orderByClientId(order.clientOrderId)).toMatchObject({ status: 'filled', order });
      expect(await held()).toEqual({ [bench.lower.symbol]: 1 });
    });
  });
}
