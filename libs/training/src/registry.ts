import type { TrainingReport } from './report.ts';

export interface StoredChampion {
  readonly report: TrainingReport;
  /** For `parseSignalModel`. */
  readonly modelJson: string;
}

/** Where trained models are kept. Saving a report with an id that is there already must leave one entry. */
export interface ModelRegistry {
  /** Stores the champion of a run and makes it the current one, both or neither. */
  save(report: TrainingReport, modelJson: string): Promise<void>;
  /** The current champion, `null` before the first run. */
  champion(): Promise<StoredChampion | null>;
}
