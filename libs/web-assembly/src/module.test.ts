import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { I32, I64, moduleOf, signed, unsigned } from './module.ts';
import { webAssembly } from './runtime.ts';

/** Reads LEB128 back, by the definition of the format. */
function decoded(bytes: readonly number[], isSigned: boolean): bigint {
  const value = bytes.reduce((sum, byte, index) => sum | (BigInt(byte & 0x7f) << BigInt(7 * index)), 0n);
  return isSigned ? BigInt.asIntN(7 * bytes.length, value) : value;
}

describe('LEB128', () => {
  it('has the bytes of the standard examples', () => {
    // DWARF 5, section 7.6, tables of examples.
    expect([2, 127, 128, 129, 12_857].map(unsigned)).toEqual([[2], [127], [0x80, 1], [0x81, 1], [0xb9, 0x64]]);
    expect([2, -2, 127, -127, 128, -128, 129, -129].map(signed)).toEqual([
      [2],
      [0x7e],
      [0xff, 0],
      [0x81, 0x7f],
      [0x80, 1],
      [0x80, 0x7f],
      [0x81, 1],
      [0xff, 0x7e],
    ]);
  });

  it('is read back as it was, any number', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 32 - 1 }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (count, value) => {
          expect(decoded(unsigned(count), false)).toBe(BigInt(count));
          expect(decoded(signed(value), true)).toBe(value);
        },
      ),
    );
    expect.hasAssertions();
  });
});

describe('moduleOf', () => {
  const run = (bytes: Uint8Array<ArrayBuffer>, ...args: readonly number[]) => {
    const memory = new webAssembly.Memory({ initial: 1 });
    const { run: call } = new webAssembly.Instance(new webAssembly.Module(bytes), { m: { m: memory } }).exports;
    if (typeof call !== 'function') throw new Error('no function');
    return { result: Number(call(...args)), memory: new Uint8Array(memory.buffer) };
  };

  it('makes a function of its parameters, with locals after them', () => {
    // local 2 (the first after two parameters) = a + b; local 2 * 3.
    const code = [0x20, 0, 0x20, 1, 0x6a, 0x21, 2, 0x20, 2, 0x41, 3, 0x6c];
    const bytes = moduleOf({ parameters: 2, gives: true, locals: [I32, I64], code, pages: 1 });
    expect(webAssembly.validate(bytes)).toBe(true);
    expect(run(bytes, 4, 6).result).toBe(30);
  });

  it('puts constants where they belong', () => {
    const bytes = moduleOf({ parameters: 0, locals: [], code: [], pages: 1, constants: { at: 300, bytes: [7, 8] } });
    expect([...run(bytes).memory.subarray(299, 303)]).toEqual([0, 7, 8, 0]);
  });
});
