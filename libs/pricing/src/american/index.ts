export { americanPriceColumns, americanValueColumns } from './american-batch.ts';
export { type AmericanMode } from './put-solver.ts';
export { AmericanChain, type ChainColumns, type ChainQuotes, newChainColumns } from './american-chain.ts';
