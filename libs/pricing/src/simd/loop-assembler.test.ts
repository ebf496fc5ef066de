import { webAssembly } from '@trading-agent/web-assembly';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LoopAssembler } from './loop-assembler.ts';

/** Runs what `body` assembles over a memory that begins with `start` and has `words` at 1,024; the memory's doubles afterwards. */
function run(start: readonly number[], body: (w: LoopAssembler) => void, words: readonly number[] = []): Float64Array {
  const w = new LoopAssembler(32_768);
  const code = w.module(() => {
    body(w);
  });
  expect(webAssembly.validate(code)).toBe(true);
  const memory = new webAssembly.Memory({ initial: 1 });
  const doubles = new Float64Array(memory.buffer);
  doubles.set(start);
  new Int32Array(memory.buffer).set(words, 256);
  const { run: call } = new webAssembly.Instance(new webAssembly.Module(code), { m: { m: memory } }).exports;
  if (typeof call !== 'function') throw new Error('no function');
  call();
  return doubles;
}

const numbers = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 2, maxLength: 40 });

it('adds up a column in a loop, lane by lane and over both lanes', () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const pairs = values.length >> 1;
      const found = run(values, (w) => {
        const sum = w.variable(w.constant(0));
        const from = w.pointer(0);
        w.repeat(pairs, () => {
          sum.set(w.binary('add', sum.value, w.load(from.at)));
          from.advance(16);
        });
        const kept = w.keep(sum.value);
        w.store(w.origin, 1_024, kept);
        w.store(w.origin, 1_040, w.total(kept));
      });
      const lane = (of: number): number =>
        values.slice(0, 2 * pairs).reduce((sum, value, index) => (index % 2 === of ? sum + value : sum), 0);
      expect([...found.subarray(128, 130)]).toEqual([lane(0), lane(1)]);
      expect([...found.subarray(130, 132)]).toEqual([lane(0) + lane(1), lane(1) + lane(0)]);
    }),
  );
});

it('multiplies two small matrices in nested loops', () => {
  // [1 2; 3 4] times [5 6; 7 8], rows of two.
  const found = run([1, 2, 3, 4, 5, 6, 7, 8], (w) => {
    const left = w.pointer(0);
    const out = w.pointer(w.number(64));
    w.repeat(2, () => {
      const sum = w.variable(w.constant(0));
      const right = w.pointer(w.number(32));
      const entry = w.pointer(left.at);
      w.repeat(2, () => {
        sum.set(w.binary('add', sum.value, w.binary('mul', w.splat(entry.at), w.load(right.at))));
        entry.advance(8);
        right.advance(16);
      });
      w.store(out.at, 0, sum.value);
      out.advance(16);
      left.advance(16);
    });
  });
  expect([...found.subarray(8, 12)]).toEqual([19, 22, 43, 50]);
});

it('splats, stores one lane or the other, and sums lanes of two', () => {
  const found = run([1, 10, 100, 1_000], (w) => {
    const a = w.keep(w.load(w.origin));
    const b = w.keep(w.load(w.origin, 16));
    w.storeOne(w.origin, 64, a);
    w.storeOther(w.origin, 72, b);
    w.store(w.origin, 80, w.splat(w.origin, 8));
    w.store(w.origin, 96, w.totals(a, b));
  });
  expect([...found.subarray(8, 14)]).toEqual([1, 1_000, 10, 10, 11, 1_100]);
});

it('repeats while a lane is not done, and no more often than it may', () => {
  const halved = (most: number) =>
    run([100, 3], (w) => {
      const value = w.variable(w.load(w.origin));
      const rounds = w.variable(w.constant(0));
      w.repeatWhileAny(most, () => {
        value.set(w.binary('mul', value.value, w.constant(0.5)));
        rounds.set(w.binary('add', rounds.value, w.constant(1)));
        return w.binary('above', value.value, w.constant(2));
      });
      w.store(w.origin, 64, value.value);
      w.store(w.origin, 80, rounds.value);
    }).subarray(8, 12);
  expect([...halved(20)]).toEqual([100 / 64, 3 / 64, 6, 6]);
  expect([...halved(2)]).toEqual([25, 0.75, 2, 2]);
});

it('counts and moves by integers in the memory', () => {
  const found = run(
    [1, 2, 3, 4, 5, 6],
    (w) => {
      const sum = w.variable(w.constant(0));
      const from = w.pointer(32);
      w.repeat(w.word(1_024), () => {
        sum.set(w.binary('add', sum.value, w.load(from.at)));
        from.advance(w.word(1_028));
      });
      w.store(w.origin, 64, sum.value);
    },
    [3, -16],
  );
  expect([...found.subarray(8, 10)]).toEqual([9, 12]);
});
