export { americanPriceColumns, americanValueColumns } from './american-batch.ts';
export { AmericanChain, type ChainColumns, type ChainQuotes, newChainColumns } from './american-chain.ts';
export {
  americanGreeks,
  type AmericanImplied,
  americanImpliedVolatility,
  type AmericanValue,
} from './american-option.ts';
export { type AmericanMode } from './put-solver.ts';
