import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { MICROS_PER_MINUTE, MICROS_PER_SECOND, ManualClock, micros, microsFromRfc3339 } from '@trading-agent/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BudgetLedger } from './budget-ledger.ts';
import { PRIORITIES, type RequestPriority, allowance } from './budget-limits.ts';
import { type RequestBudget, openRequestBudget } from './request-budget.ts';

const NOON = microsFromRfc3339('2026-11-24T17:00:00Z');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trading-agent-budget-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Sleeping moves the clock; what was taken is noted with its time. */
function bench(limits = { perMinute: 5, perDay: 1_000 }, start = NOON) {
  const clock = new ManualClock(start);
  const budget: RequestBudget = openRequestBudget({
    dataDir: folder,
    account: 'PA1',
    limits,
    clock,
    sleep: (ms) => {
      clock.advanceTo(micros(clock.now() + ms * 1_000));
      return Promise.resolve();
    },
  });
  return { clock, budget };
}

describe('pace', () => {
  it('no 60 seconds see more than the minute allows, and nobody waits longer than needed', async () => {
    const { clock, budget } = bench();
    const at: number[] = [];
    for (let index = 0; index < 12; index++) {
      await budget.take('positions');
      at.push((clock.now() - NOON) / MICROS_PER_SECOND);
    }
    expect(at).toEqual([0, 0, 0, 0, 0, 60, 60, 60, 60, 60, 120, 120]);
    budget.close();
  });

  it('holds for any mix of priorities and pauses, over restarts', async () => {
    const step = fc.record({
      pause: fc.integer({ min: 0, max: 40 }),
      priority: fc.constantFrom(...PRIORITIES),
      restart: fc.boolean(),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer({ min: 1, max: 7 }), async (steps, perMinute) => {
        const clock = new ManualClock(NOON);
        const account = `P${run++}`;
        const open = () =>
          openRequestBudget({
            dataDir: folder,
            account,
            limits: { perMinute, perDay: 1_000 },
            clock,
            sleep: (ms) => {
              clock.advanceTo(micros(clock.now() + ms * 1_000));
              return Promise.resolve();
            },
          });
        let budget = open();
        const taken: number[] = [];
        for (const { pause, priority, restart } of steps) {
          clock.advanceTo(micros(clock.now() + pause * MICROS_PER_SECOND));
          if (restart) {
            budget.close();
            budget = open();
          }
          await budget.take(priority);
          taken.push(clock.now());
        }
        budget.close();
        for (const from of taken) {
          const within = taken.filter((at) => at >= from && at < from + MICROS_PER_MINUTE).length;
          expect(within).toBeLessThanOrEqual(perMinute);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('a clock that is set back locks the minute for a minute at most', async () => {
    const { clock, budget } = bench();
    for (let index = 0; index < 5; index++) await budget.take('positions');
    budget.close();
    const again = bench(undefined, micros(NOON - 3_600 * MICROS_PER_SECOND));
    await again.budget.take('positions');
    expect((again.clock.now() - NOON) / MICROS_PER_SECOND).toBe(-3_540);
    expect(clock.now()).toBe(NOON);
    again.budget.close();
  });
});

describe('the day', () => {
  it('keeps shares for what is more urgent, ends with an error, is new at midnight in New York', async () => {
    const { clock, budget } = bench({ perMinute: 1_000, perDay: 10 });
    /** Takes until it is refused. */
    const count = async (priority: RequestPriority): Promise<number> => {
      let taken = 0;
      while (budget.leftToday(priority) > 0) {
        await budget.take(priority);
        taken++;
      }
      await expect(budget.take(priority)).rejects.toMatchObject({
        code: 'FEED_BUDGET_SPENT',
        details: { priority, again: '2026-11-25T05:00:00.000000Z' },
      });
      return taken;
    };
    expect([await count('download'), await count('scan'), await count('positions')]).toEqual([8, 1, 1]);
    expect(budget.use()).toEqual({ thisMinute: 10, today: 10 });
    clock.advanceTo(microsFromRfc3339('2026-11-25T05:00:00Z'));
    await budget.take('download');
    expect(budget.use().today).toBe(1);
    budget.close();
  });
});

describe('waiters', () => {
  const limits = { perMinute: 5, perDay: 1_000 };

  it('the most urgent goes first, equals in their order; one that died holds up nobody for long', () => {
    const ledger = new BudgetLedger(join(folder, 'a.sqlite'), limits);
    const other = new BudgetLedger(join(folder, 'a.sqlite'), limits);
    for (let index = 0; index < 5; index++) expect(ledger.ask('positions', NOON, null)?.kind).toBe('granted');
    const ticket = (decision: ReturnType<BudgetLedger['ask']>): number => {
      if (decision?.kind !== 'wait') throw new Error(`Expected to wait, was ${decision?.kind}`);
      return decision.ticket;
    };
    const download = ticket(other.ask('download', NOON, null));
    const first = ticket(ledger.ask('scan', NOON, null));
    const second = ticket(other.ask('scan', NOON, null));
    const positions = ticket(ledger.ask('positions', NOON, null));
    const free = micros(NOON + MICROS_PER_MINUTE);
    // Their leases have run out by now: all ask again, as living waiters do every few seconds.
    for (const [who, priority] of [
      [download, 'download'],
      [first, 'scan'],
      [second, 'scan'],
      [positions, 'positions'],
    ] as const)
      ledger.ask(priority, micros(free - 1_000_000), who);
    expect(other.ask('scan', free, null)?.kind).toBe('wait');
    expect(other.ask('download', free, download)?.kind).toBe('wait');
    expect(other.ask('scan', free, second)?.kind).toBe('wait');
    expect(ledger.ask('positions', free, positions)?.kind).toBe('granted');
    expect(other.ask('scan', free, second)?.kind).toBe('wait');
    // The first scan never asks again: it was killed.
    const late = micros(free + 8_000_000);
    expect(other.ask('scan', late, second)?.kind).toBe('granted');
    expect(allowance(limits, 'download').perMinute).toBe(4);
    ledger.close();
    other.close();
  });

  it('can be called off', async () => {
    const clock = new ManualClock(NOON);
    const budget = openRequestBudget({ account: 'x', limits: { perMinute: 1, perDay: 5 }, clock });
    await budget.take('scan');
    const calling = new AbortController();
    const waiting = budget.take('scan', calling.signal);
    calling.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    clock.advanceTo(micros(NOON + MICROS_PER_MINUTE));
    await budget.take('download');
    budget.close();
  });

  it.each([0, 1.5, Number.NaN])('refuses a limit of %s', (perMinute) => {
    const open = () =>
      openRequestBudget({ account: 'x', limits: { perMinute, perDay: 5 }, clock: new ManualClock(NOON) });
    expect(open).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});

const PROGRAM = fileURLToPath(new URL('testing/budget-child.ts', import.meta.url));

class Child {
  readonly #process: ChildProcess;
  readonly ended: Promise<unknown>;
  said = '';

  constructor(...args: string[]) {
    this.#process = spawn(execPath, ['--no-warnings', PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    this.ended = once(this.#process, 'close');
  }

  async until(what: RegExp): Promise<void> {
    let over = false;
    void this.ended.then(() => (over = true));
    while (!what.test(this.said)) {
      if (over) throw new Error(`Expected ${what}, the process ended with ${JSON.stringify(this.said)}`);
      await Promise.race([once(this.#process.stdout ?? this.#process, 'data'), this.ended]);
    }
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }

  get taken(): number {
    return this.said.match(/taken/g)?.length ?? 0;
  }
}

describe('several processes', () => {
  it('share a minute: together they take what it allows, not one more', async () => {
    const children = [new Child(folder, '40', '1000'), new Child(folder, '40', '1000')];
    await Promise.all(children.map((child) => child.until(/waiting|failed/)));
    expect(children.map(({ said }) => said).join('')).not.toContain('failed');
    expect(children.reduce((sum, { taken }) => sum + taken, 0)).toBe(40);
    await Promise.all(children.map((child) => child.kill()));
  });

  it('killed in the middle lose no count: nothing is taken twice, at most the last token of each is unheard of', async () => {
    const heard: number[] = [];
    for (const after of [1, 5, 20]) {
      const pair = [new Child(folder, '10000', '2000'), new Child(folder, '10000', '2000')];
      const victim = pair[0];
      await victim?.until(new RegExp(`(?:taken\\s+){${after}}|spent|failed`));
      await victim?.kill();
      await pair[1]?.until(/taken|spent|failed/);
      await pair[1]?.kill();
      heard.push(...pair.map(({ taken }) => taken));
    }
    const last = new Child(folder, '10000', '2000');
    await last.until(/spent|failed/);
    expect(last.said).toMatch(/spent/);
    await last.kill();
    const total = heard.reduce((sum, taken) => sum + taken, last.taken);
    // Each of the six that were killed may have taken one that it could not tell any more.
    expect(total).toBeLessThanOrEqual(2_000);
    expect(total).toBeGreaterThanOrEqual(2_000 - 6);
  });
});
