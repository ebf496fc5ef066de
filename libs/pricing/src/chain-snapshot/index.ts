export { figuresWithDividends } from './dividend-figures.ts';
export {
  type ExerciseStyle,
  figuresAtPrice,
  figuresAtVolatility,
  type ListedOption,
  type OptionFigures,
} from './figures.ts';
export { impliedYield, type ImpliedYieldInput, type StrikePair } from './implied-yield.ts';
