export { controlToken } from './control-token.ts';
export type { Controls } from './controls.ts';
export { decisionReading } from './decision-reading.ts';
export type { StatusLogger } from './logger.ts';
export { type StatusApi, type StatusApiOptions, startStatusApi } from './server.ts';
export type {
  AlertReading,
  Change,
  DecisionReading,
  EquityReading,
  ExecutionReading,
  OrderReading,
  PositionReading,
  ReasonReading,
  SessionReading,
  StatusSource,
  Topic,
} from './source.ts';
export { storeStatusSource } from './store-source.ts';
