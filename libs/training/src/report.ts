import type { Micros } from '@trading-agent/core';

export interface FeatureImportance {
  readonly feature: string;
  /** Log-odds per standard deviation of the feature. */
  readonly weight: number;
}

/** Figures over all validation rows of all folds, none of which the model had seen. "Positive" is up. */
export interface ValidationMetrics {
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Nats; ln 2 = 0.693 is a coin. */
  readonly logLoss: number;
  /** 0.5 is a coin; `null` when only one label occurred. */
  readonly areaUnderCurve: number | null;
  /** Mean confidence of the predictions, 0..1. */
  readonly meanConfidence: number;
}

export interface CandidateReport {
  readonly name: string;
  /** Id of the model that was fitted on all rows after validation. */
  readonly modelId: string;
  readonly validation: ValidationMetrics;
  readonly importance: readonly FeatureImportance[];
}

export interface FoldReport {
  readonly trainRows: number;
  readonly purgedRows: number;
  readonly validateRows: number;
  readonly from: Micros;
  readonly to: Micros;
}

/** What a training run did and found; plain data. */
export interface TrainingReport {
  /** Hash over data, parameters and seed: training the same again gives the same id, and everything else but `trainedAt`. */
  readonly id: string;
  readonly trainedAt: Micros;
  readonly symbols: readonly string[];
  readonly horizonMinutes: number;
  readonly embargoMinutes: number;
  readonly seed: string | number;
  readonly rows: number;
  /** Share of rows whose price rose: what "always up" would score. */
  readonly upShare: number;
  readonly folds: readonly FoldReport[];
  /** Best validation log loss first. */
  readonly candidates: readonly CandidateReport[];
  /** Name of the best candidate. */
  readonly champion: string;
}
