export type { Activity, ActivityKind } from './activity.ts';
export type { CorporateAction } from './corporate-action.ts';
export {
  type CancelAnswer,
  type ExchangeAccount,
  type ExchangeEvent,
  REPLACED,
  type Replacement,
  type RequestTiming,
  type Submission,
} from './exchange-account.ts';
export type { ExerciseAnswer } from './exercise-requests.ts';
export { CAREFUL, type FillModel, type InsideFills, TOUCH_ONLY } from './fill-model.ts';
export * from './rejection.ts';
export * from './simulated-exchange.ts';
export type { ExchangeOrder } from './working-order.ts';
