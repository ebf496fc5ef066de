import { expect, it } from 'vitest';
import { Collected, type Source } from './collected.ts';

type Observer<T> = Parameters<Source<T>['subscribe']>[0];

function controlled<T>() {
  let observer: Observer<T> | undefined;
  const source: Source<T> = {
    subscribe: (given) => {
      observer = given;
      return { unsubscribe: () => (observer = undefined) };
    },
  };
  return {
    source,
    next: (value: T) => observer?.next(value),
    error: (error: unknown) => observer?.error(error),
    complete: () => observer?.complete(),
  };
}

it('waits until a condition holds, and sees what came before the wait', async () => {
  const stream = controlled<number>();
  const collected = new Collected(stream.source);
  stream.next(1);
  const wait = collected.until((values) => values.length === 2);
  stream.next(2);
  expect(await wait).toEqual([1, 2]);
  expect(await collected.until((values) => values.includes(1))).toEqual([1, 2]);
});

it('rejects waits when the stream ends, with its error', async () => {
  const stream = controlled<number>();
  const collected = new Collected(stream.source);
  const wait = collected.until((values) => values.length === 1);
  stream.error(new Error('gone'));
  await expect(wait).rejects.toThrow('gone');
  expect(await collected.failure()).toEqual(new Error('gone'));
});

it('stops listening', () => {
  const stream = controlled<number>();
  const collected = new Collected(stream.source);
  collected.stop();
  stream.next(1);
  expect(collected.values).toEqual([]);
});
