/** A square system of linear equations, factored once and solved for any number of right sides (Golub and Van Loan, Matrix Computations, 3.4). */
export class LinearSystem {
  readonly #order: number;
  readonly #stride: number;
  readonly #matrix: Float64Array;
  readonly #pivots: Int32Array;
  readonly #inverses: Float64Array;

  /** `matrix` has `stride` doubles a row and is factored in place. */
  constructor(order: number, stride: number, matrix: Float64Array) {
    this.#order = order;
    this.#stride = stride;
    this.#matrix = matrix;
    this.#pivots = new Int32Array(order);
    this.#inverses = new Float64Array(order);
  }

  /** L U with row exchanges. */
  factor(): void {
    const n = this.#order;
    const stride = this.#stride;
    const matrix = this.#matrix;
    for (let column = 0; column < n; column += 1) {
      let pivot = column;
      let largest = Math.abs(matrix[column * stride + column] ?? 0);
      for (let i = column + 1; i < n; i += 1) {
        const size = Math.abs(matrix[i * stride + column] ?? 0);
        if (size > largest) {
          largest = size;
          pivot = i;
        }
      }
      this.#pivots[column] = pivot;
      const top = column * stride;
      if (pivot !== column) {
        const other = pivot * stride;
        for (let j = 0; j < n; j += 1) {
          const kept = matrix[top + j] ?? 0;
          matrix[top + j] = matrix[other + j] ?? 0;
          matrix[other + j] = kept;
        }
      }
      const inverse = 1 / (matrix[top + column] ?? 0);
      this.#inverses[column] = inverse;
      for (let i = column + 1; i < n; i += 1) {
        const row = i * stride;
        const factor = (matrix[row + column] ?? 0) * inverse;
        matrix[row + column] = factor;
        for (let j = column + 1; j < n; j += 1) {
          matrix[row + j] = (matrix[row + j] ?? 0) - factor * (matrix[top + j] ?? 0);
        }
      }
    }
  }

  /** The right side becomes the solution. */
  solve(right: Float64Array): void {
    const n = this.#order;
    const stride = this.#stride;
    const matrix = this.#matrix;
    for (let i = 0; i < n; i += 1) {
      const pivot = this.#pivots[i] ?? i;
      let sum = right[pivot] ?? 0;
      right[pivot] = right[i] ?? 0;
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
