export { americanPriceColumns, americanValueColumns } from './american-batch.ts';
export { type AmericanMode } from './put-solver.ts';
