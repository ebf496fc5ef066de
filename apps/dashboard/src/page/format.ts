import type { Contract, Order, Reason } from './wire.ts';

const MINUS = '\u2212';
const NONE = '\u2013';
const NEW_YORK = 'America/New_York';

const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const wholeDollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });
const signedDollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', signDisplay: 'exceptZero' });
const price = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const plain = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const ratio = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat('en-US', {
  style: 'percent',
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const signedPercent = new Intl.NumberFormat('en-US', {
  style: 'percent',
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: 'exceptZero',
});
const wholePercent = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat('en-US', {
  timeZone: NEW_YORK,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const shortClock = new Intl.DateTimeFormat('en-US', {
  timeZone: NEW_YORK,
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
// Canadian English writes dates as ISO 8601 does.
const isoDay = new Intl.DateTimeFormat('en-CA', { timeZone: NEW_YORK });
const monthDay = new Intl.DateTimeFormat('en-US', { timeZone: NEW_YORK, month: 'short', day: 'numeric' });
const day = new Intl.DateTimeFormat('en-US', {
  timeZone: 'UTC',
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});
const expiryDay = new Intl.DateTimeFormat('en-US', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: '2-digit',
});

/** A true minus sign is as wide as a plus and is read as "minus". */
function show(format: Intl.NumberFormat, value: number | null): string {
  return value === null ? NONE : format.format(value === 0 ? 0 : value).replace('-', MINUS);
}

export const money = (value: number | null): string => show(dollars, value);
export const moneyChange = (value: number | null): string => show(signedDollars, value);
export const moneyAxis = (value: number): string => show(wholeDollars, value);
export const moneyAxisFine = (value: number): string => show(dollars, value);
export const sharePrice = (value: number | null): string => show(price, value);
export const percentage = (value: number | null): string => show(percent, value);
export const percentageChange = (value: number | null): string => show(signedPercent, value);
export const share = (value: number | null): string => show(wholePercent, value);
export const figure = (value: number | null): string => show(ratio, value);
export const count = (value: number | null): string => show(plain, value);

/** `HH:MM:SS` in New York. */
export const time = (rfc3339: string): string => clock.format(new Date(rfc3339));
/** `2015-12-24`: the New York day of an instant. */
export const dayOf = (rfc3339: string): string => isoDay.format(new Date(rfc3339));
/** `Dec 24` in New York. */
export const shortDay = (rfc3339: string): string => monthDay.format(new Date(rfc3339));
/** `HH:MM` in New York, from seconds since the epoch. */
export const axisTime = (seconds: number): string => shortClock.format(new Date(seconds * 1000));
/** A `YYYY-MM-DD` market date in words. */
export const marketDay = (date: string): string => day.format(new Date(`${date}T00:00:00Z`));

/** `GOOG 750 call`: what people call a contract; the symbol itself when it is none. */
export function contractName(contract: Contract, symbol: string): string {
  if (!contract) return symbol;
  return `${contract.root} ${count(contract.strike)} ${contract.right}`;
}

export function expiryName(contract: Contract): string {
  if (!contract) return '';
  const parts = expiryDay.formatToParts(new Date(`${contract.expiry}T00:00:00Z`));
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('day')} ${part('month')} ’${part('year')}`.replaceAll(' ', '\u00a0');
}

/** `credit-vertical` as `credit vertical`. */
export const words = (name: string): string => name.replaceAll(/[-_]/g, ' ');

export const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** A signed net price in the trader's words. */
export function netPrice(order: Order): string {
  if (order.limit === null) return 'market';
  const amount = sharePrice(Math.abs(order.limit));
  if (order.legs.length === 1) return amount;
  return `${amount} ${order.limit < 0 ? 'credit' : 'debit'}`;
}

/** `−1 750 call`: sign and ratio as a trader writes a package, unbreakable. */
export function legName(leg: Order['legs'][number]): string {
  const sign = leg.intent.startsWith('sell') ? MINUS : '+';
  const name = leg.contract ? `${count(leg.contract.strike)} ${leg.contract.right}` : leg.symbol;
  return `${sign}${leg.ratio} ${name}`.replaceAll(' ', '\u00a0');
}

/** The expiries of an order's legs, each once. */
export function orderExpiries(order: Order): string {
  return [...new Set(order.legs.map((leg) => expiryName(leg.contract)))].filter((name) => name !== '').join(', ');
}

function inUnit(value: number, unit: string | null): string {
  if (unit === 'usd') return money(value);
  if (unit === 'percent') return percentage(value / 100);
  return unit === 'seconds' ? `${count(value)} s` : count(value);
}

/** `$910.00, limit $750.00`: the measured number beside the allowed one. */
export function measured(reason: Reason): string {
  if (reason.actual === null) return '';
  const actual = inUnit(reason.actual, reason.unit);
  return reason.limit === null ? actual : `${actual}, limit ${inUnit(reason.limit, reason.unit)}`;
}

export type Tone = 'up' | 'down' | 'flat';

export function tone(value: number | null): Tone {
  return value === null || value === 0 ? 'flat' : value > 0 ? 'up' : 'down';
}
