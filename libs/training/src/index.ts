export { labelledRows, type LabelledRow, mergeRows } from './dataset.ts';
export * from './registry.ts';
export * from './report.ts';
export * from './train-models.ts';
export { type Fold, walkForward } from './walk-forward.ts';
