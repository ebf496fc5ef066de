import { webAssembly } from '@trading-agent/web-assembly';
import { PairAssembler } from './assembler.ts';

/**
 * Whether the engine knows the relaxed vector instructions and this processor rounds their a b + c once (x86-64 since 2013 and every
 * 64-bit ARM do): then what a product rounds off is one operation more. Asked once; the answer holds for the life of the process.
 */
export function roundsProductsOnce(): boolean {
  const w = new PairAssembler({ pool: 64, relaxed: true });
  const code = w.module(() => {
    const x = w.keep(w.column(0));
    w.store(32, w.multiplyAdd(x, x, w.unary('neg', w.binary('mul', x, x))));
  });
  if (!webAssembly.validate(code)) return false;
  const memory = new webAssembly.Memory({ initial: 1 });
  // x² = 1 + 2^-29 + 2^-60, whose last part no double holds beside the first.
  new Float64Array(memory.buffer, 0, 2).fill(1 + 2 ** -30);
  const { run } = new webAssembly.Instance(new webAssembly.Module(code), { m: { m: memory } }).exports;
  if (typeof run !== 'function') return false;
  run(16);
  return new Float64Array(memory.buffer, 32, 2).every((rest) => rest === 2 ** -60);
}
