export * from './chain.ts';
export * from './contract.ts';
export * from './market.ts';
export * from './option-roots.ts';
export * from './option-symbol.ts';
export * from './order.ts';
