import { canonicalJson, Fingerprint, TradingError } from '@trading-agent/core';
import { FEATURE_NAMES, type FeatureVector, featureRow } from '@trading-agent/features';
import { logistic, type SignalModel, signalOf } from './signal.ts';
import { broken, number, numbers, parseObject } from './stored-fields.ts';

/** A trained logistic regression as plain data: what is stored, hashed and compared. */
export interface LogisticModel {
  readonly kind: 'logistic';
  readonly version: 1;
  /** Columns, in the order of the arrays below. */
  readonly featureNames: readonly string[];
  readonly means: readonly number[];
  /** Standard deviations of the training rows, 1 where a column did not vary. */
  readonly deviations: readonly number[];
  /** Log-odds per standard deviation: their sizes are the features' importance. */
  readonly weights: readonly number[];
  /** Log-odds of an average row. */
  readonly intercept: number;
  readonly l2: number;
  readonly rows: number;
  readonly horizonMinutes: number;
}

/** A row further from the training mean than this many standard deviations counts as this far, in training and in use. */
const FURTHEST = 5;

/** The row in standard deviations from the training mean. */
export function standardise(
  row: readonly number[],
  means: readonly number[],
  deviations: readonly number[],
): Float64Array {
  const scaled = new Float64Array(means.length);
  for (const [column, mean] of means.entries()) {
    const z = ((row[column] ?? Number.NaN) - mean) / (deviations[column] ?? 1);
    scaled[column] = Math.min(FURTHEST, Math.max(-FURTHEST, z));
  }
  return scaled;
}

/**
 * Probability of label 1 for a row in the model's column order.
 * @throws {TradingError} `INVALID_VALUE` when the row has another width or a value that is not finite.
 */
export function probabilityOf(model: LogisticModel, row: readonly number[]): number {
  if (row.length !== model.weights.length || !row.every((value) => Number.isFinite(value))) {
    throw new TradingError(
      'INVALID_VALUE',
      `Expected ${model.weights.length} finite features, was [${row.join(', ')}]`,
    );
  }
  const scaled = standardise(row, model.means, model.deviations);
  let logOdds = model.intercept;
  for (const [column, weight] of model.weights.entries()) logOdds += weight * (scaled[column] ?? 0);
  return logistic(logOdds);
}

/** Identity of a model: a hash over its parameters, so the same training gives the same id. */
export function logisticModelId(model: LogisticModel): string {
  const fingerprint = new Fingerprint();
  fingerprint.add(model);
  return `logistic-${fingerprint.digest().slice(0, 16)}`;
}

/**
 * The model as the engine uses it.
 * @throws {TradingError} `INVALID_VALUE` when it was trained on other features than today's.
 */
export function logisticSignalModel(model: LogisticModel): SignalModel {
  if (canonicalJson(model.featureNames) !== canonicalJson(FEATURE_NAMES)) {
    throw new TradingError('INVALID_VALUE', `The model knows other features: ${model.featureNames.join(', ')}`, {
      hint: 'Train again: the features changed since this model was trained.',
    });
  }
  return {
    id: logisticModelId(model),
    name: 'Logistic regression',
    predict: (features: FeatureVector) => signalOf(probabilityOf(model, featureRow(features)), model.horizonMinutes),
  };
}

/** The model as text; `parseLogisticModel` reads it back exactly. */
export function serialiseLogisticModel(model: LogisticModel): string {
  return canonicalJson(model);
}

/**
 * A stored model, every field checked.
 * @throws {TradingError} `INVALID_VALUE` naming the field that doesn't fit.
 */
export function parseLogisticModel(text: string): LogisticModel {
  const fields = parseObject(text);
  if (fields['kind'] !== 'logistic' || fields['version'] !== 1) {
    throw broken('kind and version', 'a logistic model of version 1');
  }
  const names = fields['featureNames'];
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string')) {
    throw broken('featureNames', 'a list of names');
  }
  const means = numbers(fields, 'means', names.length);
  const deviations = numbers(fields, 'deviations', names.length);
  if (!deviations.every((value) => value > 0)) throw broken('deviations', 'positive numbers');
  const horizonMinutes = number(fields, 'horizonMinutes');
  if (!(horizonMinutes > 0)) throw broken('horizonMinutes', 'a positive number');
  return {
    kind: 'logistic',
    version: 1,
    featureNames: names,
    means,
    deviations,
    weights: numbers(fields, 'weights', names.length),
    intercept: number(fields, 'intercept'),
    l2: number(fields, 'l2'),
    rows: number(fields, 'rows'),
    horizonMinutes,
  };
}
