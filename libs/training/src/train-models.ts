import { type Clock, Fingerprint, isTradingError, TradingError } from '@trading-agent/core';
import { FEATURE_NAMES, WARM_UP_BARS } from '@trading-agent/features';
import type { Bar } from '@trading-agent/instruments';
import {
  accuracy,
  areaUnderCurve,
  confusion,
  f1Score,
  type Label,
  logLoss,
  mean,
  precision,
  recall,
} from '@trading-agent/statistics';
import { baselineCandidate, type Candidate, logisticCandidate } from './candidates.ts';
import { labelledRows, type LabelledRow, mergeRows } from './dataset.ts';
import type { ModelRegistry } from './registry.ts';
import type { CandidateReport, TrainingReport, ValidationMetrics } from './report.ts';
import { type Fold, walkForward } from './walk-forward.ts';

export interface TrainingRequest {
  readonly symbols: readonly string[];
  readonly horizonMinutes: number;
  /** Walk-forward validations. */
  readonly folds: number;
  /** Extra distance between training labels and validation; by default the bars that features look back on. */
  readonly embargoMinutes?: number;
  /** Penalty of the logistic regression. */
  readonly l2?: number;
  /** Decides the baseline's mix. */
  readonly seed: string | number;
}

export interface TrainingPorts {
  /** Minute bars of a symbol, oldest first: the days to learn from and nothing later. */
  readonly bars: (symbol: string) => Promise<readonly Bar[]>;
  readonly registry: ModelRegistry;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

export interface TrainingResult {
  readonly report: TrainingReport;
  /** The champion, for `parseSignalModel`. */
  readonly modelJson: string;
}

/**
 * The training pipeline: bars, features, labels, purged walk-forward validation of each candidate, the champion by validation log loss,
 * a last fit of it on all rows, and its registration. Nothing is registered unless all of that succeeded; run twice on the same bars it
 * gives the same model and the same report id.
 * @throws {TradingError} `INVALID_VALUE` for too few or malformed bars, `CANCELLED` after an abort; errors of the ports pass through.
 */
export async function trainModels(request: TrainingRequest, ports: TrainingPorts): Promise<TrainingResult> {
  const { horizonMinutes, folds, embargoMinutes = WARM_UP_BARS, l2 = 10, seed } = request;
  const symbols = [...new Set(request.symbols)].sort();
  const fingerprint = new Fingerprint();
  fingerprint.add({ symbols, horizonMinutes, folds, embargoMinutes, l2, seed: String(seed), features: FEATURE_NAMES });
  const sets: LabelledRow[][] = [];
  for (const symbol of symbols) {
    checkAborted(ports.signal);
    const bars = await ports.bars(symbol);
    for (const bar of bars) fingerprint.add([bar.symbol, bar.end, bar.high, bar.low, bar.close, bar.volume]);
    sets.push(labelledRows(bars, horizonMinutes));
  }
  const rows = mergeRows(sets);
  const splits = walkForward(rows, folds, embargoMinutes);
  const compared: { readonly report: CandidateReport; readonly json: string }[] = [];
  for (const candidate of [logisticCandidate({ l2, horizonMinutes }), baselineCandidate(seed)]) {
    const validation = validate(candidate, splits, ports.signal);
    const final = candidate.fit(rows);
    const report = { name: candidate.name, modelId: final.model.id, validation, importance: final.importance };
    compared.push({ report, json: final.json });
  }
  compared.sort((a, b) => a.report.validation.logLoss - b.report.validation.logLoss);
  const [champion] = compared;
  if (champion === undefined) throw new TradingError('INTERNAL', 'Expected at least one candidate');
  const report: TrainingReport = {
    id: fingerprint.digest(),
    trainedAt: ports.clock.now(),
    symbols,
    horizonMinutes,
    embargoMinutes,
    seed,
    rows: rows.length,
    upShare: mean(rows.map((row) => row.label)),
    folds: splits.map(({ train, purged, validate: validation, from, to }) => ({
      trainRows: train.length,
      purgedRows: purged,
      validateRows: validation.length,
      from,
      to,
    })),
    candidates: compared.map((entry) => entry.report),
    champion: champion.report.name,
  };
  checkAborted(ports.signal);
  await ports.registry.save(report, champion.json);
  return { report, modelJson: champion.json };
}

function validate(candidate: Candidate, splits: readonly Fold[], signal: AbortSignal | undefined): ValidationMetrics {
  const probabilities: number[] = [];
  const confidences: number[] = [];
  const labels: Label[] = [];
  for (const [index, fold] of splits.entries()) {
    checkAborted(signal);
    const { model } = fitted(candidate, fold, index);
    for (const row of fold.validate) {
      const { probabilityUp, confidence } = model.predict(row.vector);
      probabilities.push(probabilityUp);
      confidences.push(confidence);
      labels.push(row.label);
    }
  }
  const counts = confusion(
    probabilities.map((probability) => (probability > 0.5 ? 1 : 0)),
    labels,
  );
  return {
    accuracy: accuracy(counts),
    precision: precision(counts),
    recall: recall(counts),
    f1: f1Score(counts),
    logLoss: logLoss(probabilities, labels),
    areaUnderCurve: labels.includes(0) && labels.includes(1) ? areaUnderCurve(probabilities, labels) : null,
    meanConfidence: mean(confidences),
  };
}

function fitted(candidate: Candidate, fold: Fold, index: number): ReturnType<Candidate['fit']> {
  try {
    return candidate.fit(fold.train);
  } catch (cause) {
    if (!isTradingError(cause, 'INVALID_VALUE')) throw cause;
    throw new TradingError('INVALID_VALUE', `Fold ${index + 1} can't be trained: ${cause.message}`, {
      hint: 'Collect more days of minute bars, or ask for fewer folds.',
      cause,
    });
  }
}

function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new TradingError('CANCELLED', 'Training was stopped; nothing was registered');
}
