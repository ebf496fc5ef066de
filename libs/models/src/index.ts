export * from './baseline-model.ts';
export { type Direction, NEUTRAL_BAND, type Signal, type SignalModel, signalOf } from './signal.ts';
