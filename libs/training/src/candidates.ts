import { FEATURE_NAMES, featureRow } from '@trading-agent/features';
import {
  baselineModel,
  logisticSignalModel,
  serialiseBaselineModel,
  serialiseLogisticModel,
  type SignalModel,
  trainLogistic,
} from '@trading-agent/models';
import type { LabelledRow } from './dataset.ts';
import type { FeatureImportance } from './report.ts';

/** A model after fitting: ready to predict and to be stored. */
export interface FittedModel {
  readonly model: SignalModel;
  /** The model as text; `parseSignalModel` reads it back. */
  readonly json: string;
  /** Largest first; empty for a model that was not fitted. */
  readonly importance: readonly FeatureImportance[];
}

/** A kind of model that takes part in the comparison. */
export interface Candidate {
  readonly name: string;
  fit(rows: readonly LabelledRow[]): FittedModel;
}

/** L2 logistic regression; importance is the standardised weight. */
export function logisticCandidate(options: { readonly l2: number; readonly horizonMinutes: number }): Candidate {
  return {
    name: 'logistic',
    fit: (rows) => {
      const model = trainLogistic(
        rows.map((row) => featureRow(row.vector)),
        rows.map((row) => row.label),
        { featureNames: FEATURE_NAMES, ...options },
      );
      const importance = FEATURE_NAMES.map((feature, column) => ({ feature, weight: model.weights[column] ?? 0 }));
      return {
        model: logisticSignalModel(model),
        json: serialiseLogisticModel(model),
        importance: importance.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)),
      };
    },
  };
}

/** The seeded baseline: learns nothing, and is what has to be beaten. */
export function baselineCandidate(seed: string | number): Candidate {
  return {
    name: 'baseline',
    fit: () => ({ model: baselineModel(seed), json: serialiseBaselineModel(seed), importance: [] }),
  };
}
