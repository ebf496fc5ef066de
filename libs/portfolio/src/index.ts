export * from './adjustment.ts';
export * from './fees.ts';
export * from './margin/index.ts';
export * from './payoff.ts';
export * from './portfolio.ts';
