import { isTradingError, TradingError } from '@trading-agent/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Job, type JobProgress, runJobs } from './run-jobs.ts';

/** Gives other jobs a turn `times` times: an order of completion without a clock. */
async function turns(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) await Promise.resolve();
}

test('outcomes stand in the order of the jobs, whatever order they end in; at most `concurrency` run, each id once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ id: fc.integer({ min: 0, max: 12 }), turns: fc.integer({ min: 0, max: 20 }) })),
      fc.integer({ min: 1, max: 5 }),
      async (plans, concurrency) => {
        let running = 0;
        let most = 0;
        const runs = new Map<string, number>();
        const jobs = plans.map((plan): Job<string> => ({
          id: `job-${plan.id}`,
          run: async () => {
            running += 1;
            most = Math.max(most, running);
            runs.set(`job-${plan.id}`, (runs.get(`job-${plan.id}`) ?? 0) + 1);
            await turns(plan.turns);
            running -= 1;
            return `result ${plan.id}`;
          },
        }));
        const outcomes = await runJobs(jobs, { concurrency });
        expect(outcomes).toEqual(plans.map(({ id }) => ({ kind: 'done', id: `job-${id}`, value: `result ${id}` })));
        expect(most).toBeLessThanOrEqual(concurrency);
        expect([...runs.values()].every((count) => count === 1)).toBe(true);
        expect(runs.size).toBe(new Set(plans.map(({ id }) => id)).size);
      },
    ),
  );
});

test('uses the concurrency it is given', async () => {
  let arrived = 0;
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  // Each waits until all three are there: with fewer at a time this would never end.
  const meet = async (): Promise<number> => {
    arrived += 1;
    if (arrived === 3) open();
    await gate;
    return arrived;
  };
  const outcomes = await runJobs(
    ['a', 'b', 'c'].map((id) => ({ id, run: meet })),
    { concurrency: 3 },
  );
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(['done', 'done', 'done']);
});

test('a failure is typed, keeps its cause, and stops nothing else', async () => {
  const broken = new Error('disk on fire');
  const outcomes = await runJobs<number>(
    [
      { id: 'a', run: () => 1 },
      {
        id: 'b',
        run: () => {
          throw broken;
        },
      },
      { id: 'c', run: () => Promise.reject(new TradingError('DATA_DAY_MISSING', 'no such day')) },
      { id: 'd', run: () => Promise.resolve(4) },
      { id: 'b', run: () => 5 },
    ],
    { concurrency: 2 },
  );
  expect(outcomes.map((outcome) => (outcome.kind === 'failed' ? outcome.error.code : outcome.kind))).toEqual([
    'done',
    'INTERNAL',
    'DATA_DAY_MISSING',
    'done',
    'INTERNAL',
  ]);
  expect(outcomes[1]).toMatchObject({ error: { cause: broken } });
});

test('after an abort nothing starts, those under way are told, and what is done stays done', async () => {
  const controller = new AbortController();
  const started: string[] = [];
  const job = (id: string, run: (signal: AbortSignal) => Promise<string> | string): Job<string> => ({
    id,
    run: (signal) => {
      started.push(id);
      return run(signal);
    },
  });
  const outcomes = await runJobs(
    [
      job('finished', () => 'yes'),
      job('interrupted', async (signal) => {
        controller.abort();
        await turns(3);
        signal.throwIfAborted();
        return 'never';
      }),
      job('waiting', () => 'never'),
      job('waiting', () => 'never'),
    ],
    { concurrency: 1, signal: controller.signal },
  );
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(['done', 'cancelled', 'cancelled', 'cancelled']);
  expect(started).toEqual(['finished', 'interrupted']);
});

test('progress comes once per distinct job and counts up to the total', async () => {
  const seen: JobProgress<number>[] = [];
  const jobs = [1, 2, 2, 3].map((value) => ({ id: `${value}`, run: () => value }));
  await runJobs(jobs, { concurrency: 2, onProgress: (progress) => seen.push(progress) });
  expect(seen.map(({ settled, total }) => [settled, total])).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
});

test('an error in the progress callback stops the run and is not swallowed', async () => {
  const started: number[] = [];
  const jobs = [1, 2, 3].map((value) => ({
    id: `${value}`,
    run: () => {
      started.push(value);
      return value;
    },
  }));
  const onProgress = (): void => {
    throw new Error('screen is gone');
  };
  await expect(runJobs(jobs, { concurrency: 1, onProgress })).rejects.toThrow('screen is gone');
  expect(started).toEqual([1]);
});

test.each([0, -1, 1.5, Number.NaN])('a concurrency of %d is refused', async (concurrency) => {
  const refused = expect.toSatisfy((error: unknown) => isTradingError(error, 'OUT_OF_RANGE'));
  await expect(runJobs([], { concurrency })).rejects.toThrow(refused);
});
