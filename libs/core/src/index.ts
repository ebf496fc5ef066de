export * from './canonical.ts';
export * from './clock.ts';
export * from './error-codes.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './money.ts';
export * from './random.ts';
export * from './time.ts';
