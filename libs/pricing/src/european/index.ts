export {
  type GreekColumns,
  type HigherGreekColumns,
  newGreekColumns,
  newHigherGreekColumns,
  newVolatilityColumns,
  type OptionColumns,
  type VolatilityColumns,
} from './columns.ts';
export { higherGreekColumns, priceColumns } from './greeks-batch.ts';
export {
  type ForwardColumns,
  impliedBlackVolatilityColumns,
  impliedVolatilityColumns,
} from './implied-volatility-batch.ts';
export * from './outcomes.ts';
