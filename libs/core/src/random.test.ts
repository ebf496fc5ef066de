import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from './random.ts';

const TWO_TO_32 = 4_294_967_296;

function draws<T>(count: number, draw: () => T): T[] {
  return Array.from({ length: count }, draw);
}

describe('a seeded stream', () => {
  // An implementation of sfc32 in Python over the first 16 bytes of SHA-256 of the seed's text.
  it.each([
    ['7', [1_096_327_518, 432_976_234, 2_251_532_900, 4_099_579_403]],
    ['7/x', [3_838_605_738, 1_073_804_815, 3_783_214_823, 1_183_136_764]],
  ])('of seed %s is the reference', (seed, expected) => {
    const random = seededRandom(seed);
    expect(draws(4, () => random.next() * TWO_TO_32)).toEqual(expected);
  });

  it('forks by label alone, not by how far it has run', () => {
    const random = seededRandom(7);
    random.next();
    const fork = random.fork('x');
    expect(draws(2, () => fork.next() * TWO_TO_32)).toEqual([3_838_605_738, 1_073_804_815]);
  });

  it('stays in its bounds for any seed', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1_000 }), (seed, bound) => {
        const random = seededRandom(seed);
        for (let count = 0; count < 50; count++) {
          const [uniform, whole, normal] = [random.next(), random.int(bound), random.normal()];
          expect(uniform >= 0 && uniform < 1).toBe(true);
          expect(Number.isInteger(whole) && whole >= 0 && whole < bound).toBe(true);
          expect(Number.isFinite(normal)).toBe(true);
        }
      }),
    );
  });

  it('is uniform: chi-squared over 64 cells stays below its 99.9% point', () => {
    const random = seededRandom('uniform');
    const cells = Array.from({ length: 64 }, () => 0);
    for (const cell of draws(64_000, () => random.int(64))) cells[cell] = (cells[cell] ?? 0) + 1;
    const chi = cells.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    expect(chi).toBeLessThan(103.4);
  });

  it('is standard normal: mean, variance and tail within four standard errors', () => {
    const random = seededRandom('normal');
    const sample = draws(40_000, () => random.normal());
    const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length;
    const variance = sample.reduce((sum, value) => sum + value * value, 0) / sample.length;
    const tail = sample.filter((value) => Math.abs(value) > 1.959_964).length / sample.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(40_000));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 40_000));
    expect(Math.abs(tail - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / 40_000));
  });
});
