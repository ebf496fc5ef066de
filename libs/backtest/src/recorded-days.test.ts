import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { requireSession } from '@trading-agent/calendar';
import { formatRfc3339, marketDate, type Micros, microsFromRfc3339, usd } from '@trading-agent/core';
import type { RunReport } from '@trading-agent/engine';
import { loadRecordedDay, type MarketDay, type MarketStep } from '@trading-agent/market-data';
import { beforeAll, describe, expect, it } from 'vitest';
import { runDay } from './run-day.ts';
import { seededEngine } from './testing/seeded-engine.ts';

const dataDir = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data', 'flatfiles');
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

interface RecordedCase {
  readonly symbol: string;
  readonly date: string;
  readonly close: string;
  /** Of a day on which a package ranks just above the single leg that goes with it, some seeds trade packages alone. */
  readonly singles: 'every seed' | 'some seeds';
}

const DAYS: readonly RecordedCase[] = [
  { symbol: 'GOOG', date: '2015-12-24', close: '13:00', singles: 'every seed' },
  { symbol: 'TWX', date: '2014-06-05', close: '16:00', singles: 'every seed' },
  { symbol: 'TWX', date: '2014-06-06', close: '16:00', singles: 'some seeds' },
];

describe.skipIf(!existsSync(dataDir)).each(DAYS)(
  `$symbol on $date (${dataDir}), 25,000 dollars`,
  ({ symbol, date: text, close, singles }) => {
    const date = marketDate(text);
    const session = requireSession(date);
    let day: MarketDay;
    let reports: readonly RunReport[] = [];

    const run = (of: MarketDay, seed: number): RunReport =>
      runDay({
        day: of,
        session,
        underlyings: [symbol],
        cash: usd(25_000),
        accountNumber: 'PA1',
        engine: seededEngine(seed),
      }).report;

    beforeAll(async () => {
      day = await loadRecordedDay({ dataDir, date, underlyings: [symbol] });
      reports = SEEDS.map((seed) => run(day, seed));
    });

    it(`packages are sent and filled by every seed, single legs by ${singles}`, () => {
      const kinds = reports.map(({ orders }) => {
        const filled = orders.filter((order) => order.filled > 0).map(({ legs }) => legs.length);
        return { single: filled.includes(1), package: filled.some((count) => count > 1) };
      });
      expect(kinds.every((kind) => kind.package)).toBe(true);
      const single = kinds.filter((kind) => kind.single).length;
      expect(single).toBeGreaterThanOrEqual(singles === 'every seed' ? SEEDS.length : 1);
    });

    it('the same seed gives the same fingerprint, another seed another one', () => {
      expect(run(day, 3).fingerprint).toBe(reports[SEEDS.indexOf(3)]?.fingerprint);
      expect(new Set(reports.map(({ fingerprint }) => fingerprint)).size).toBeGreaterThan(1);
    });

    it(`nothing is filled outside the session, whose close is at ${close}`, () => {
      const closed = microsFromRfc3339(`${date}T${close}:00${date < '2014-11' ? '-04:00' : '-05:00'}`);
      expect(session.close).toBe(closed);
      const times = reports.flatMap(({ executions }) => executions.map(({ at }) => microsFromRfc3339(at)));
      expect(times.length).toBeGreaterThan(10);
      expect(times.filter((at) => at < session.open || at >= closed)).toEqual([]);
    });

    it('each leg trades at the side that the latest row of its contract shows at that instant', () => {
      const traded = new Set(
        reports.flatMap(({ executions }) => executions.flatMap(({ legs }) => legs.map((leg) => leg.symbol))),
      );
      const rows = latestRows(day.steps, traded);
      const wrong: unknown[] = [];
      for (const { executions } of reports) {
        for (const { at, legs } of executions) {
          for (const leg of legs) {
            const row = rows(leg.symbol, microsFromRfc3339(at));
            const price = leg.side === 'buy' ? row?.ask : row?.bid;
            const size = leg.side === 'buy' ? row?.askSize : row?.bidSize;
            if (price !== leg.price || !(price > 0) || !(leg.quantity <= (size ?? 0))) wrong.push({ at, leg, row });
          }
        }
      }
      expect(traded.size).toBeGreaterThan(0);
      expect(wrong).toEqual([]);
    });

    it('what is held at the end is what was bought and sold', () => {
      for (const { executions, positions } of reports) {
        const held = new Map<string, number>();
        for (const leg of executions.flatMap(({ legs }) => legs))
          held.set(leg.symbol, (held.get(leg.symbol) ?? 0) + (leg.side === 'buy' ? leg.quantity : -leg.quantity));
        const expected = [...held].filter(([, quantity]) => quantity !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
        expect(positions.map(({ symbol, quantity }) => [symbol, quantity])).toEqual(expected);
      }
    });

    it('no order fills beyond its quantity or dearer than its limit', () => {
      for (const { orders, executions } of reports) {
        for (const order of orders) {
          const fills = executions.filter(({ intent }) => intent === order.intent);
          expect(fills.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(order.filled);
          expect(order.filled).toBeLessThanOrEqual(order.quantity);
          expect(fills.filter(({ net }) => net > (order.limit ?? Number.NaN))).toEqual([]);
        }
        expect(new Set(orders.map(({ intent }) => intent)).size).toBe(orders.length);
      }
    });

    describe('nobody looks ahead', () => {
      const seed = 3;
      /** What was decided and filled before `end`, in order. */
      const until = (report: RunReport, end: Micros): unknown => {
        const before = ({ at }: { readonly at: string }): boolean => microsFromRfc3339(at) < end;
        return {
          orders: report.orders.filter(before).map(({ filled: _filled, ...order }) => order),
          executions: report.executions.filter(before),
          refusals: report.refusals.filter(before),
        };
      };
      const cuts = (): number[] => {
        const last = day.steps.findLastIndex((step) => step.at < session.close);
        return [0.3, 0.55, 0.8].map((share) => Math.floor(last * share));
      };

      it('a day that ends early was the same until then', () => {
        const whole = run(day, seed);
        for (const cut of cuts()) {
          const end = day.steps[cut]?.at ?? session.close;
          const short = run({ ...day, steps: day.steps.slice(0, cut) }, seed);
          expect(until(short, end)).toEqual(until(whole, end));
          expect(short.orders.filter(({ at }) => at >= formatRfc3339(end))).toEqual([]);
        }
      });

      it('a day whose rest is another one was the same until then', () => {
        const whole = run(day, seed);
        let differed = 0;
        for (const cut of cuts()) {
          const end = day.steps[cut]?.at ?? session.close;
          const changed = run(
            { ...day, steps: day.steps.map((step, index) => (index < cut ? step : upsideDown(step))) },
            seed,
          );
          expect(until(changed, end)).toEqual(until(whole, end));
          if (changed.fingerprint !== whole.fingerprint) differed++;
        }
        // The attack would prove nothing if the rest of the day did not matter.
        expect(differed).toBeGreaterThan(0);
      });
    });
  },
);

/** The latest row of a contract at an instant, by binary search over what the day says of it. */
function latestRows(steps: readonly MarketStep[], symbols: ReadonlySet<string>) {
  const rows = new Map<string, { at: Micros; quote: MarketStep['quotes'][number] }[]>();
  for (const { at, quotes } of steps) {
    for (const quote of quotes) {
      if (!symbols.has(quote.symbol)) continue;
      const known = rows.get(quote.symbol) ?? [];
      known.push({ at, quote });
      rows.set(quote.symbol, known);
    }
  }
  return (symbol: string, at: Micros) => rows.get(symbol)?.findLast((row) => row.at <= at)?.quote;
}

/** The same instants with a market that has turned: prices of stocks mirrored at 90%, options at a tenth. */
function upsideDown(step: MarketStep): MarketStep {
  return {
    ...step,
    bars: step.bars.map((bar) => ({
      ...bar,
      open: bar.open * 0.9,
      high: bar.high * 0.9,
      low: bar.low * 0.9,
      close: bar.close * 0.9,
    })),
    quotes: step.quotes.map((quote) => ({
      ...quote,
      bid: quote.bid === null ? null : Math.round(quote.bid * 10) / 100,
      ask: quote.ask === null ? null : Math.round(quote.ask * 10) / 100 + 0.05,
    })),
  };
}
