import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.ts';

describe('metrics', () => {
  it('count, gauge and show themselves sorted by name', () => {
    const metrics = new Metrics();
    const sent = metrics.counter('orders_sent_total', 'Orders sent');
    metrics.gauge('equity_usd', 'Equity').set(25_000);
    sent.add();
    sent.add(2);
    metrics.counter('orders_sent_total', 'Orders sent').add();
    expect(metrics.snapshot()).toEqual([
      { name: 'equity_usd', kind: 'gauge', help: 'Equity', value: 25_000 },
      { name: 'orders_sent_total', kind: 'counter', help: 'Orders sent', value: 4 },
    ]);
  });

  it('refuse malformed names, a second kind and falling counters', () => {
    const metrics = new Metrics();
    const counter = metrics.counter('a', '');
    expect(() => metrics.counter('Orders sent', '')).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
    expect(() => metrics.gauge('a', '')).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
    expect(() => counter.add(-1)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => counter.add(Number.NaN)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(metrics.snapshot()[0]?.value).toBe(0);
  });
});
