import { TradingError } from './errors.ts';

declare const usdBrand: unique symbol;
/** An amount of money: a whole number of micro-dollars (1 USD = 1,000,000). Exact up to about 9 billion USD. */
export type Usd = number & { readonly [usdBrand]: true };

export const MICROS_PER_USD = 1_000_000;
export const ZERO_USD = 0 as Usd;

/** @throws {TradingError} `OUT_OF_RANGE` when `micros` is not a safe integer. */
export function usdFromMicros(micros: number): Usd {
  if (!Number.isSafeInteger(micros)) {
    throw new TradingError('OUT_OF_RANGE', `Money must be a whole number of micro-dollars, was ${micros}`);
  }
  return (micros === 0 ? 0 : micros) as Usd;
}

/** Dollars (a double, as feeds give prices) rounded half away from zero to the nearest micro-dollar. */
export function usd(dollars: number): Usd {
  if (!Number.isFinite(dollars)) throw new TradingError('OUT_OF_RANGE', `Money must be finite, was ${dollars}`);
  const micros = Math.round(Math.abs(dollars) * MICROS_PER_USD);
  return usdFromMicros(dollars < 0 ? -micros : micros);
}

const DECIMAL = /^([+-]?)(\d{1,10})(?:\.(\d+))?$/;

/**
 * A decimal string (as brokers send money) to micro-dollars, exactly; digits beyond the sixth are rounded half away from zero.
 * @throws {TradingError} `INVALID_VALUE` when the text is not a plain decimal number.
 */
export function parseUsd(text: string): Usd {
  const match = DECIMAL.exec(text.trim());
  if (!match) throw new TradingError('INVALID_VALUE', `Expected a decimal amount such as 25000.50, was "${text}"`);
  const [, sign, whole = '0', fraction = ''] = match;
  const kept = fraction.slice(0, 6).padEnd(6, '0');
  const carry = (fraction[6] ?? '0') >= '5' ? 1 : 0;
  const micros = Number(whole) * MICROS_PER_USD + Number(kept) + carry;
  return usdFromMicros(sign === '-' ? -micros : micros);
}

/** Micro-dollars as a decimal string with at least two and at most six decimals: `25000.50`, `-0.0025`. */
export function formatUsd(amount: Usd): string {
  const absolute = Math.abs(amount);
  const fraction = String(absolute % MICROS_PER_USD)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${amount < 0 ? '-' : ''}${Math.floor(absolute / MICROS_PER_USD)}.${fraction}`;
}

/** Micro-dollars as dollars (double): for display, JSON and ratios, never for ledger arithmetic. */
export function usdToNumber(amount: Usd): number {
  return amount / MICROS_PER_USD;
}

export function addUsd(...amounts: readonly Usd[]): Usd {
  let sum = 0;
  for (const amount of amounts) sum += amount;
  return usdFromMicros(sum);
}

export function subtractUsd(a: Usd, b: Usd): Usd {
  return usdFromMicros(a - b);
}

export function negateUsd(amount: Usd): Usd {
  return usdFromMicros(0 - amount);
}

/** `amount` times a plain factor, rounded half away from zero to the micro-dollar. */
export function scaleUsd(amount: Usd, factor: number): Usd {
  return usd((amount * factor) / MICROS_PER_USD);
}

/**
 * What `quantity` units (signed) at `price` dollars per share with `multiplier` shares each are worth.
 * The price is rounded to the micro-dollar first, so that the product is exact.
 */
export function notional(price: number, quantity: number, multiplier: number): Usd {
  return usdFromMicros(usd(price) * quantity * multiplier);
}
