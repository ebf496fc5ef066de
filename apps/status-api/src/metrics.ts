import { MICROS_PER_SECOND, type Clock, subtractUsd, usdToNumber } from '@trading-agent/core';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { StatusSource } from './source.ts';
import { within } from './within.ts';

export interface StatusMetrics {
  readonly registry: Registry;
  /** One answered request; `route` is the pattern, never the raw path, so that labels stay few. */
  observe(route: string, status: number, seconds: number): void;
  clientDropped(): void;
  /** The exposition text, with the trading figures read now. */
  text(): Promise<string>;
}

/**
 * Prometheus figures of this API and of the session it shows, on a registry of their own. When the store can't be reached
 * `trading_agent_store_up` is 0 and the trading figures are left out rather than repeated stale.
 */
export function statusMetrics(source: StatusSource, clock: Clock, clients: () => number): StatusMetrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string): Gauge => new Gauge({ name: `trading_agent_${name}`, help, registers });
  const up = gauge('store_up', '1 when the store answers');
  const sse = gauge('sse_clients', 'Connected event stream clients');
  const equity = gauge('equity_dollars', 'Account equity');
  const profit = gauge('day_profit_dollars', 'Equity minus equity at the start of the session');
  const running = gauge('session_running', '1 while a session runs');
  const halted = gauge('halted', '1 while no new risk may be taken');
  const age = gauge('last_step_age_seconds', 'Machine time since the session was last seen to move on');
  const positions = gauge('positions', 'Open positions');
  const orders = new Gauge({
    name: 'trading_agent_orders',
    help: 'Latest orders of the session (at most 1000) by status',
    labelNames: ['status'],
    registers,
  });
  const requests = new Histogram({
    name: 'trading_agent_http_request_seconds',
    help: 'Time to answer',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5],
    registers,
  });
  const dropped = new Counter({
    name: 'trading_agent_sse_clients_dropped_total',
    help: 'Event stream clients dropped because they read too slowly',
    registers,
  });
  const plain = [equity, profit, running, halted, age, positions];

  async function read(): Promise<void> {
    const found = await within(
      Promise.all([source.session(), source.positions(), source.orders(1000)]),
      'the store',
    ).catch(() => null);
    // From here on without a pause, so that two scrapes at once can't mix.
    for (const each of plain) each.remove();
    orders.reset();
    sse.set(clients());
    up.set(found ? 1 : 0);
    if (!found) return;
    const [session, held, sent] = found;
    running.set(session?.state === 'running' ? 1 : 0);
    halted.set(session?.halted ? 1 : 0);
    positions.set(held.length);
    for (const order of sent) orders.inc({ status: order.status });
    if (!session) return;
    if (session.lastStepSeenAt !== null) age.set((clock.now() - session.lastStepSeenAt) / MICROS_PER_SECOND);
    if (session.equity === null) return;
    equity.set(usdToNumber(session.equity));
    if (session.startEquity !== null) profit.set(usdToNumber(subtractUsd(session.equity, session.startEquity)));
  }

  return {
    registry,
    observe: (route, status, seconds) => requests.observe({ route, status: String(status) }, seconds),
    clientDropped: () => dropped.inc(),
    text: async () => {
      await read();
      return registry.metrics();
    },
  };
}
