export * from './rejection.ts';
export * from './simulated-exchange.ts';
