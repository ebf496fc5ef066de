export { figuresWithDividends } from './dividend-figures.ts';
export {
  type ExerciseStyle,
  figuresAtPrice,
  figuresAtVolatility,
  type ListedOption,
  type OptionFigures,
} from './figures.ts';
