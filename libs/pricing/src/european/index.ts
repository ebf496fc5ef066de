export {
  type GreekColumns,
  type HigherGreekColumns,
  type ColumnMemory,
  newColumn,
  newGreekColumns,
  newHigherGreekColumns,
  newOptionColumns,
  newVolatilityColumns,
  type OptionColumns,
  type VolatilityColumns,
} from './columns.ts';
export { higherGreekColumns, portablePriceColumns, priceColumns } from './greeks-batch.ts';
export {
  type ForwardColumns,
  impliedBlackVolatilityColumns,
  impliedVolatilityColumns,
} from './implied-volatility-batch.ts';
export { type Outcome, outcomeOf } from './outcomes.ts';
export { type GridSpots, type GridStates, valueGrid } from './value-grid.ts';
