import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { runSteps } from './step-loop.ts';

interface Held {
  readonly step: number;
  readonly finish: (how: 'go on' | 'end' | Error) => void;
}

/** A loop whose steps are worked on until the test finishes them. */
function loop(options: { signal?: AbortSignal; failed?: Promise<never> } = {}) {
  const steps = new Subject<number>();
  const working: Held[] = [];
  const answered: number[] = [];
  let isOver = false;
  const result = runSteps<number>({
    steps,
    handle: (step) =>
      new Promise((resolve, reject) =>
        working.push({ step, finish: (how) => (how instanceof Error ? reject(how) : resolve(how)) }),
      ),
    answer: (step) => answered.push(step),
    start: () => undefined,
    ...options,
  }).finally(() => (isOver = true));
  result.catch(() => undefined);
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { steps, working, answered, result, turn, isOver: () => isOver };
}

describe('the loop over steps', () => {
  it('works on one step at a time, answers each, and is complete with the last', async () => {
    const { steps, working, answered, result, turn } = loop();
    steps.next(0);
    steps.next(1);
    expect(working.map(({ step }) => step)).toEqual([0]);
    working[0]?.finish('go on');
    await turn();
    expect([working.map(({ step }) => step), answered]).toEqual([[0, 1], [0]]);
    working[1]?.finish('end');
    expect(await result).toBe(true);
    expect(answered).toEqual([0]);
  });

  it('is complete when the market has no more', async () => {
    const { steps, result } = loop();
    steps.complete();
    expect(await result).toBe(true);
  });

  it('an interrupt waits for the step under way and answers it no more', async () => {
    const interrupt = new AbortController();
    const { steps, working, answered, result, turn, isOver } = loop({ signal: interrupt.signal });
    steps.next(0);
    interrupt.abort();
    await turn();
    expect(isOver()).toBe(false);
    working[0]?.finish('go on');
    expect(await result).toBe(false);
    expect(answered).toEqual([]);
  });

  it('an interrupt between two steps ends it at once; one before the first, too', async () => {
    const interrupt = new AbortController();
    const { result } = loop({ signal: interrupt.signal });
    interrupt.abort();
    expect(await result).toBe(false);
    expect(await loop({ signal: interrupt.signal }).result).toBe(false);
  });

  it('the day’s last step counts although it was interrupted', async () => {
    const interrupt = new AbortController();
    const { steps, working, result } = loop({ signal: interrupt.signal });
    steps.next(0);
    interrupt.abort();
    working[0]?.finish('end');
    expect(await result).toBe(true);
  });

  it.each(['the source', 'the market'])(
    'an error of %s ends it, but not before the step under way has',
    async (whose) => {
      let fail: (error: Error) => void = () => undefined;
      const failed = new Promise<never>((_resolve, reject) => (fail = reject));
      const { steps, working, result, turn, isOver } = loop({ failed });
      steps.next(0);
      const error = new Error('gone');
      if (whose === 'the source') steps.error(error);
      else fail(error);
      await turn();
      expect(isOver()).toBe(false);
      working[0]?.finish(new Error('because of that'));
      await expect(result).rejects.toBe(error);
    },
  );

  it('an error of a step is its own, also after an interrupt', async () => {
    const first = loop();
    first.steps.next(0);
    first.working[0]?.finish(new Error('no disk'));
    await expect(first.result).rejects.toThrow('no disk');
    const interrupt = new AbortController();
    const second = loop({ signal: interrupt.signal });
    second.steps.next(0);
    interrupt.abort();
    second.working[0]?.finish(new Error('no disk'));
    await expect(second.result).rejects.toThrow('no disk');
  });
});
