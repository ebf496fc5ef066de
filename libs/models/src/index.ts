export * from './baseline-model.ts';
export {
  type LogisticModel,
  logisticModelId,
  logisticSignalModel,
  parseLogisticModel,
  probabilityOf,
  serialiseLogisticModel,
} from './logistic-model.ts';
export { type Direction, NEUTRAL_BAND, type Signal, type SignalModel, signalOf } from './signal.ts';
export * from './stored-model.ts';
export * from './train-logistic.ts';
