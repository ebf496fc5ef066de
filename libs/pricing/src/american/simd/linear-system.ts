import { type Column, kernel, newColumn } from './kernel-memory.ts';
import { VectorFunctions } from './vector-functions.ts';

/**
 * A square system of linear equations, factored once and solved for any number of right sides (Golub and Van Loan, Matrix Computations,
 * 3.2), two columns at a time. Rows are not exchanged: the equations of a boundary say most of their own node and of shorter times, and
 * figures with and without exchanges were the same to 1e-13. A pivot of zero gives NaN, which its user must expect.
 */
export class LinearSystem {
  readonly #order: number;
  readonly #stride: number;
  readonly #matrix: Float64Array;
  readonly #inverses: Float64Array;
  readonly #place: Column;
  readonly #diagonal: Column;
  #factor: (() => void) | undefined;

  /** `matrix` has `stride` doubles a row, an even number, and is factored in place. */
  constructor(order: number, stride: number, matrix: Column) {
    this.#order = order;
    this.#stride = stride;
    this.#place = matrix;
    this.#matrix = matrix.values;
    this.#diagonal = newColumn(order);
    this.#inverses = this.#diagonal.values;
  }

  /** L U: factors below the diagonal, the reduced rows on and above it. */
  factor(): void {
    (this.#factor ??= this.#assemble())();
  }

  #assemble(): () => void {
    const n = this.#order;
    const stride = this.#stride;
    const matrix = this.#place.at;
    return kernel((w) => {
      const f = new VectorFunctions(w, 8);
      for (let column = 0; column < n; column += 1) {
        const top = matrix + 8 * stride * column;
        const inverse = w.keep(f.over(f.n(1), w.splat(w.origin, top + 8 * column)));
        w.storeOne(w.origin, this.#diagonal.at + 8 * column, inverse);
        if (column === n - 1) continue;
        const row = w.pointer(top + 8 * stride);
        w.repeat(n - 1 - column, () => {
          const factor = w.keep(f.times(inverse, w.splat(row.at, 8 * column)));
          for (let pair = (column + 1) >> 1; pair < stride / 2; pair += 1) {
            const above = w.load(w.origin, top + 16 * pair);
            w.store(row.at, 16 * pair, f.minus(w.load(row.at, 16 * pair), f.times(factor, above)));
          }
          w.storeOne(row.at, 8 * column, factor);
          row.advance(8 * stride);
        });
      }
    });
  }

  /** The right side becomes the solution. */
  solve(right: Float64Array): void {
    const n = this.#order;
    const stride = this.#stride;
    const matrix = this.#matrix;
    for (let i = 1; i < n; i += 1) {
      let sum = right[i] ?? 0;
      const row = i * stride;
      for (let j = 0; j < i; j += 1) sum -= (matrix[row + j] ?? 0) * (right[j] ?? 0);
      right[i] = sum;
    }
    for (let i = n - 1; i >= 0; i -= 1) {
      const row = i * stride;
      let sum = right[i] ?? 0;
      for (let j = i + 1; j < n; j += 1) sum -= (matrix[row + j] ?? 0) * (right[j] ?? 0);
      right[i] = sum * (this.#inverses[i] ?? 0);
    }
  }
}
