export {
  type AutoTrainingOptions,
  type AutoTrainingStatus,
  AutoTrainingSystem,
  type LastTraining,
} from './auto-training-system.ts';
export { StoredModelRegistry, type StoredModelRegistryOptions } from './stored-model-registry.ts';
export type { Timer } from './timer.ts';
export { modelScope } from './training-plan.ts';
export type { Trigger } from './training-runs.ts';
export type { TrainingSource } from './training-source.ts';
