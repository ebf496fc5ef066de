import { describe, expect, test } from 'vitest';
import { webAssembly } from '@trading-agent/web-assembly';
import type { Pair } from '../../simd/pair-code.ts';
import { PairAssembler } from './assembler.ts';
import { roundsProductsOnce } from './relaxed-vectors.ts';

/** Runs a one-stage program over the column at 0 with its result in the column at 64; eight doubles each. */
function results(
  values: readonly number[],
  program: (w: PairAssembler, x: Pair) => Pair,
  relaxed = false,
): readonly number[] {
  const w = new PairAssembler({ pool: 1024, relaxed });
  const bytes = w.module(() => w.store(64, program(w, w.keep(w.column(0)))));
  const memory = new webAssembly.Memory({ initial: 1 });
  new Float64Array(memory.buffer).set(values);
  new Float64Array(memory.buffer, 128, 4).set([10, 20, 30, 40]);
  const { run } = new webAssembly.Instance(new webAssembly.Module(bytes), { m: { m: memory } }).exports;
  if (typeof run === 'function') run(8 * values.length);
  return [...new Float64Array(memory.buffer, 64, values.length)];
}
const values = [1.5, -2, 0, 1e300, -0.25, 7, 3, -9];

test.each([
  ['add', (x: number) => x + 3],
  ['sub', (x: number) => x - 3],
  ['mul', (x: number) => x * 3],
  ['div', (x: number) => x / 3],
  ['lesser', (x: number) => Math.min(x, 3)],
  ['greater', (x: number) => Math.max(x, 3)],
] as const)('%s on every lane of every row', (operation, expected) => {
  expect(results(values, (w, x) => w.binary(operation, x, w.constant(3)))).toEqual(values.map(expected));
});

test('masks choose lane by lane', () => {
  const chosen = results(values, (w, x) => w.select(w.binary('below', x, w.constant(0)), w.unary('neg', x), x));
  expect(chosen).toEqual(values.map(Math.abs));
  const nothing = results(values, (w, x) => w.binary('and', w.unary('not', w.binary('above', x, w.constant(1))), x));
  expect(nothing).toEqual(values.map((x) => (x > 1 ? 0 : x)));
});

test('a right shift brings in zeros', () => {
  const halved = results([-2], (w, x) => w.shift(w.shift(x, -1), 1));
  expect(halved).toEqual([-2]);
  expect(results([-2], (w, x) => w.shift(w.shift(x, 1), -1))).toEqual([2]);
});

test('shifts move 64-bit lanes to the left', () => {
  const powers = [0, 1, -1, 10];
  const integer = (w: PairAssembler, x: Pair): Pair => w.binary('add', x, w.constant(6_755_399_441_055_744));
  const exponent = (w: PairAssembler, x: Pair): Pair => w.shift(w.binary('addBits', integer(w, x), w.bits(1023)), 52);
  expect(results(powers, exponent)).toEqual(powers.map((k) => 2 ** k));
});

test('gather reads the table at each lane', () => {
  const gathered = results([3, 0, 1, 2], (w, x) => {
    const biased = w.keep(w.binary('add', x, w.constant(6_755_399_441_055_744)));
    return w.gather(w.address(biased, 0, 3, 3), w.address(biased, 1, 3, 3), 128);
  });
  expect(gathered).toEqual([40, 10, 20, 30]);
});

test('a stage sees what an earlier one handed over; a block runs when one lane asks for it', () => {
  const seen = results(values, (w, x) => {
    const handed = w.hand(192, w.binary('mul', x, x));
    w.nextStage();
    const result = w.variable(w.constant(-1));
    w.whenAny(w.binary('above', handed, w.constant(50)), () => result.set(handed));
    return result.value;
  });
  expect(seen).toEqual([-1, -1, 0, Number.POSITIVE_INFINITY, -1, -1, 9, 81]);
});

describe.each([false, true].filter((relaxed) => !relaxed || roundsProductsOnce()))(
  'relaxed instructions: %s',
  (relaxed) => {
    test('a b + c and c - a b', () => {
      const three = (w: PairAssembler): Pair => w.constant(3);
      const two = (w: PairAssembler): Pair => w.constant(2);
      expect(results([1.5, -2, 0, 4], (w, x) => w.multiplyAdd(x, three(w), two(w)), relaxed)).toEqual([6.5, -4, 2, 14]);
      expect(results([1.5, -2, 0, 4], (w, x) => w.lessProduct(two(w), x, three(w)), relaxed)).toEqual([
        -2.5, 8, 2, -10,
      ]);
    });

    test('a product of which an equal number is taken leaves what was rounded off, or nothing', () => {
      const x = 1 + 2 ** -30;
      const rest = results([x, x], (w, v) => w.multiplyAdd(v, v, w.constant(-x * x)), relaxed);
      expect(rest).toEqual(relaxed ? [2 ** -60, 2 ** -60] : [0, 0]);
    });

    test('choice lane by lane and bit by bit', () => {
      const lanes = results(values, (w, x) => w.select(w.binary('below', x, w.constant(0)), w.constant(1), x), relaxed);
      expect(lanes).toEqual(values.map((x) => (x < 0 ? 1 : x)));
      const bits = results([6, -0.75], (w, x) => w.mix(w.bits(2 ** 52 - 1), x, w.constant(1)), relaxed);
      expect(bits).toEqual([1.5, 1.5]);
    });
  },
);

test("two neighbouring doubles from each lane's address", () => {
  const indices = [2, 0, 1, 2];
  const part = (which: 0 | 1) =>
    results(indices, (w, x) => {
      const biased = w.keep(w.binary('add', x, w.constant(6_755_399_441_055_744)));
      return w.gatherTwo(w.address(biased, 0, 3, 3), w.address(biased, 1, 3, 3), 128)[which];
    });
  expect(part(0)).toEqual([30, 10, 20, 30]);
  expect(part(1)).toEqual([40, 20, 30, 40]);
});

test('a column read in a block that did not run is read again behind it', () => {
  const seen = results([1, 2, 3, 4], (w, x) => {
    const handed = w.hand(192, w.binary('add', x, x));
    w.nextStage();
    const result = w.variable(w.constant(0));
    w.whenAny(w.constant(0), () => result.set(handed));
    return w.binary('add', handed, result.value);
  });
  expect(seen).toEqual([2, 4, 6, 8]);
});
