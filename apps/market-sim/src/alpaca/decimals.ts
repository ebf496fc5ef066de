import { type Usd, usd, usdFromMicros, formatUsd } from '@trading-agent/core';

/** A number as the broker writes it: a decimal string without exponent, at most six decimals, no trailing zeros. */
export function decimal(value: number): string {
  const text = value.toFixed(6).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}

/** Money as a decimal string. */
export function money(amount: Usd): string {
  return formatUsd(amount).replace(/\.00$/, '');
}

/** What `quantity` signed contracts are worth at `price` dollars per share. */
export function worth(price: number, quantity: number, multiplier: number): Usd {
  return usdFromMicros(usd(price) * quantity * multiplier);
}
