export * from './european.ts';
export * from './implied-volatility.ts';
export { erf, erfc, normalCdf, normalDensity } from './normal.ts';
