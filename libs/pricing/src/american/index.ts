export { americanPriceColumns, americanValueColumns } from './american-batch.ts';
export { AmericanChain } from './american-chain.ts';
export { type ChainColumns, type ChainQuotes, newChainColumns } from './chain-columns.ts';
export {
  americanGreeks,
  type AmericanImplied,
  americanImpliedVolatility,
  type AmericanValue,
} from './american-option.ts';
export { type AmericanMode } from './put-solver.ts';
