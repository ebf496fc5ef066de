import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correlation } from './correlation.ts';
import { shrunkCorrelation } from './shrunk-correlation.ts';

const WAVES = [
  (i: number) => Math.sin(1.7 * i) + 0.5 * Math.cos(0.9 * i),
  (i: number) => 0.4 * Math.sin(1.7 * i) + Math.cos(2.3 * i + 1),
  (i: number) => 0.3 * Math.cos(0.9 * i) + Math.sin(3.1 * i),
  (i: number) => Math.cos(5.3 * i) + 0.6 * Math.sin(1.7 * i),
].map((wave) => Array.from({ length: 40 }, (_, index) => wave(index)));

const pair = fc.array(
  fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })),
  {
    minLength: 5,
    maxLength: 30,
  },
);

describe('shrunkCorrelation', () => {
  it('has the figures of the matrix form of Appendix B, computed with numpy', () => {
    const { matrix, intensity } = shrunkCorrelation(WAVES);
    expect(intensity).toBeCloseTo(0.6526532187352219, 12);
    const expected = [
      [1, 0.233490808522, 0.148640509937, 0.279601609002],
      [0.233490808522, 1, 0.098810419931, 0.185654000059],
      [0.148640509937, 0.098810419931, 1, 0.110238768408],
      [0.279601609002, 0.185654000059, 0.110238768408, 1],
    ];
    for (const [i, row] of expected.entries())
      for (const [j, value] of row.entries()) expect(matrix[i]?.[j]).toBeCloseTo(value, 11);
  });

  it('leaves two series as they are', () => {
    fc.assert(
      fc.property(pair, (points) => {
        const [a, b] = [points.map(([x]) => x), points.map(([, y]) => y)];
        const plain = correlation(a, b);
        fc.pre(
          Number.isFinite(plain) && Math.max(...a) - Math.min(...a) > 1e-3 && Math.max(...b) - Math.min(...b) > 1e-3,
        );
        expect(shrunkCorrelation([a, b]).matrix[0]?.[1]).toBeCloseTo(plain, 9);
      }),
    );
  });

  it('says of a series that does not move that its correlation is not known', () => {
    const still = WAVES[0]?.map(() => 1) ?? [];
    const { matrix } = shrunkCorrelation([...WAVES, still]);
    expect(matrix[4]?.[0]).toBeNaN();
  });

  it('refuses series of different lengths', () => {
    expect(() => shrunkCorrelation([[1, 2], [1]])).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });
});
