import { expect, test } from 'vitest';
import { PairAssembler, type Pair } from './assembler.ts';

/** Runs a one-stage program over the column at 0 with its result in the column at 64; eight doubles each. */
function results(values: readonly number[], program: (w: PairAssembler, x: Pair) => Pair): readonly number[] {
  const w = new PairAssembler();
  const bytes = w.module(() => w.store(64, program(w, w.keep(w.column(0)))));
  const runtime: {
    Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
    Module: new (code: Uint8Array<ArrayBuffer>) => object;
    Instance: new (module: object, imports: object) => { readonly exports: { readonly run: (bytes: number) => void } };
  } = Reflect.get(globalThis, 'WebAssembly');
  const memory = new runtime.Memory({ initial: 1 });
  new Float64Array(memory.buffer).set(values);
  new Float64Array(memory.buffer, 128, 4).set([10, 20, 30, 40]);
  new runtime.Instance(new runtime.Module(bytes), { m: { m: memory } }).exports.run(8 * values.length);
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

test('shifts move 64-bit lanes, left and right', () => {
  const powers = [0, 1, -1, 10];
  const integer = (w: PairAssembler, x: Pair): Pair => w.binary('add', x, w.constant(6_755_399_441_055_744));
  const exponent = (w: PairAssembler, x: Pair): Pair =>
    w.shift(w.binary('addBits', w.shift(w.shift(integer(w, x), 12), -12), w.bits(1023)), 52);
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
