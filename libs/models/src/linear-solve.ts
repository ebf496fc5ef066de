import { TradingError } from '@trading-agent/core';

/**
 * Solves A x = b for a symmetric positive definite A, given by its lower triangle, by Cholesky decomposition
 * (G. Golub and C. Van Loan, "Matrix Computations", 4th edition, section 4.2).
 * @throws {TradingError} `INTERNAL` when A is not positive definite.
 */
export function solvePositiveDefinite(lower: readonly Float64Array[], b: Float64Array): Float64Array {
  const factor: Float64Array[] = [];
  for (const [row, line] of lower.entries()) {
    const out = new Float64Array(row + 1);
    factor.push(out);
    for (const [column, above] of factor.entries()) {
      let sum = line[column] ?? 0;
      for (let k = 0; k < column; k += 1) sum -= (out[k] ?? 0) * (above[k] ?? 0);
      if (column < row) out[column] = sum / (above[column] ?? 1);
      else if (sum > 0) out[column] = Math.sqrt(sum);
      else throw new TradingError('INTERNAL', `Expected a positive definite matrix, pivot ${row} is ${sum}`);
    }
  }
  const x = Float64Array.from(b);
  for (const [row, line] of factor.entries()) {
    let sum = x[row] ?? 0;
    for (let k = 0; k < row; k += 1) sum -= (line[k] ?? 0) * (x[k] ?? 0);
    x[row] = sum / (line[row] ?? 1);
  }
  for (let row = factor.length - 1; row >= 0; row -= 1) {
    let sum = x[row] ?? 0;
    for (let k = row + 1; k < factor.length; k += 1) sum -= (factor[k]?.[row] ?? 0) * (x[k] ?? 0);
    x[row] = sum / (factor[row]?.[row] ?? 1);
  }
  return x;
}
