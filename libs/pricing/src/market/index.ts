export { type ExpiryInputs, ExpiryPricer, type InputSources, type PricedContract } from './expiry-pricer.ts';
export { Rates, type RateSource, type TreasuryCurve } from './rates.ts';
export { type AskedExpiry, type CashDividend, UnderlyingPricer } from './underlying-pricer.ts';
