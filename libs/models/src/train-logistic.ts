import { TradingError } from '@trading-agent/core';
import type { Label } from '@trading-agent/statistics';
import { solvePositiveDefinite } from './linear-solve.ts';
import { type LogisticModel, standardise } from './logistic-model.ts';
import { logistic } from './signal.ts';

export interface LogisticOptions {
  readonly featureNames: readonly string[];
  /** Weight of the penalty l2/2 · |weights|² against the summed log loss; positive. The intercept is not penalised. */
  readonly l2: number;
  readonly horizonMinutes: number;
}

const MOST_STEPS = 100;
const MOST_HALVINGS = 40;

/**
 * L2-penalised logistic regression on standardised columns, by Newton's method with step halving (iteratively reweighted least squares;
 * T. Hastie, R. Tibshirani and J. Friedman, "The Elements of Statistical Learning", 2nd edition, section 4.4.1). The problem is strictly
 * convex: there is one solution, and the same rows give the same bits.
 * @throws {TradingError} `INVALID_VALUE` for no rows, ragged or non-finite rows, only one label, or an `l2` that is not positive.
 */
export function trainLogistic(
  rows: readonly (readonly number[])[],
  labels: readonly Label[],
  options: LogisticOptions,
): LogisticModel {
  check(rows, labels, options);
  const width = options.featureNames.length;
  const { means, deviations } = moments(rows, width);
  // The first column is the intercept's.
  const design = rows.map((row) => Float64Array.of(1, ...standardise(row, means, deviations)));
  const share = labels.reduce<number>((sum, label) => sum + label, 0) / labels.length;
  let weights = new Float64Array(width + 1);
  weights[0] = Math.log(share / (1 - share));
  let current = evaluate(design, labels, weights, options.l2);
  for (let count = 0; count < MOST_STEPS; count += 1) {
    const step = solvePositiveDefinite(current.hessian, current.gradient);
    let scale = 1;
    let next = moved(weights, step, scale);
    let tried = evaluate(design, labels, next, options.l2);
    for (let halving = 0; !(tried.loss <= current.loss) && halving < MOST_HALVINGS; halving += 1) {
      scale /= 2;
      next = moved(weights, step, scale);
      tried = evaluate(design, labels, next, options.l2);
    }
    // No better point along the step: rounding is all that is left.
    if (!(tried.loss <= current.loss)) break;
    const gain = current.loss - tried.loss;
    weights = next;
    current = tried;
    if (gain <= 1e-14 * Math.max(1, current.loss)) break;
  }
  return {
    kind: 'logistic',
    version: 1,
    featureNames: [...options.featureNames],
    means,
    deviations,
    weights: [...weights.subarray(1)],
    intercept: weights[0] ?? 0,
    l2: options.l2,
    rows: rows.length,
    horizonMinutes: options.horizonMinutes,
  };
}

interface Evaluation {
  /** Summed log loss plus penalty. */
  readonly loss: number;
  readonly gradient: Float64Array;
  readonly hessian: readonly Float64Array[];
}

function evaluate(
  design: readonly Float64Array[],
  labels: readonly Label[],
  weights: Float64Array,
  l2: number,
): Evaluation {
  const size = weights.length;
  const gradient = new Float64Array(size);
  const hessian = Array.from({ length: size }, () => new Float64Array(size));
  let loss = 0;
  for (const [index, row] of design.entries()) {
    let logOdds = 0;
    for (let column = 0; column < size; column += 1) logOdds += (weights[column] ?? 0) * (row[column] ?? 0);
    const label = labels[index] ?? 0;
    const probability = logistic(logOdds);
    const signed = label === 1 ? logOdds : -logOdds;
    // ln(1 + exp(-x)) without overflow.
    loss += signed > 0 ? Math.log1p(Math.exp(-signed)) : Math.log1p(Math.exp(signed)) - signed;
    const slope = probability - label;
    const curvature = probability * (1 - probability);
    for (const [column, line] of hessian.entries()) {
      const value = row[column] ?? 0;
      gradient[column] = (gradient[column] ?? 0) + slope * value;
      const weighted = curvature * value;
      for (let other = 0; other <= column; other += 1) {
        line[other] = (line[other] ?? 0) + weighted * (row[other] ?? 0);
      }
    }
  }
  for (const [column, line] of hessian.entries()) {
    if (column === 0) continue;
    const weight = weights[column] ?? 0;
    loss += 0.5 * l2 * weight * weight;
    gradient[column] = (gradient[column] ?? 0) + l2 * weight;
    line[column] = (line[column] ?? 0) + l2;
  }
  return { loss, gradient, hessian };
}

function moved(weights: Float64Array, step: Float64Array, scale: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(weights, (weight, column) => weight - scale * (step[column] ?? 0));
}

function moments(rows: readonly (readonly number[])[], width: number): { means: number[]; deviations: number[] } {
  const means: number[] = [];
  const deviations: number[] = [];
  for (let column = 0; column < width; column += 1) {
    let sum = 0;
    for (const row of rows) sum += row[column] ?? 0;
    const mean = sum / rows.length;
    let squares = 0;
    for (const row of rows) squares += ((row[column] ?? 0) - mean) ** 2;
    const deviation = Math.sqrt(squares / rows.length);
    means.push(mean);
    // A column that varies by rounding only carries nothing.
    deviations.push(deviation > 1e-12 * Math.max(1, Math.abs(mean)) ? deviation : 1);
  }
  return { means, deviations };
}

function check(rows: readonly (readonly number[])[], labels: readonly Label[], options: LogisticOptions): void {
  const width = options.featureNames.length;
  if (rows.length !== labels.length) {
    throw new TradingError('INVALID_VALUE', `Expected one label per row, were ${rows.length} and ${labels.length}`);
  }
  const ragged = rows.findIndex((row) => row.length !== width || !row.every((value) => Number.isFinite(value)));
  if (ragged >= 0) throw new TradingError('INVALID_VALUE', `Expected ${width} finite features in row ${ragged}`);
  if (!labels.includes(0) || !labels.includes(1)) {
    throw new TradingError('INVALID_VALUE', `Expected rows of both labels, ${rows.length} rows have one at most`, {
      hint: 'Train on more bars: there is nothing to tell apart.',
    });
  }
  if (!(options.l2 > 0)) throw new TradingError('INVALID_VALUE', `Expected a positive l2, was ${options.l2}`);
}
