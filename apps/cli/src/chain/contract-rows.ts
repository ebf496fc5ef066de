import { splitRow } from '@trading-agent/market-data';
import type { DiscreteDividend, ExerciseStyle, Right } from '@trading-agent/pricing';

/** One contract to be priced: either a volatility or a price is known. */
export interface ContractRow {
  readonly right: Right;
  readonly style: ExerciseStyle;
  readonly spot: number;
  readonly strike: number;
  readonly years: number;
  readonly rate: number;
  readonly yield: number;
  /** Cash dividends before expiry. */
  readonly dividends: readonly DiscreteDividend[];
  readonly known: { readonly kind: 'volatility' | 'price'; readonly value: number };
}

/** A row that cannot be used. Lines count from 1, the header included. */
export interface BadRow {
  readonly line: number;
  readonly reason: string;
}

export interface ParsedRow {
  readonly line: number;
  readonly row: ContractRow;
}

/** Names of columns and of flags, by what they mean. */
export const FIELDS = [
  'right',
  'style',
  'dividends',
  'spot',
  'strike',
  'years',
  'days',
  'rate',
  'yield',
  'price',
  'volatility',
] as const;
export type Field = (typeof FIELDS)[number];
export type RawRow = Readonly<Partial<Record<Field, string>>>;

const DAYS_PER_YEAR = 365;
/** A dividend of the day of expiry: the stock opens without it, and the option lives until the close. */
const OPEN_TO_CLOSE = 6.5 / 24 / DAYS_PER_YEAR;
/** A larger rate or yield is percent that were taken for a decimal. */
const MOST_RATE = 1;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Two names for one thing, or two of which one is known. */
const EITHER: Readonly<Partial<Record<Field, Field>>> = {
  years: 'days',
  days: 'years',
  price: 'volatility',
  volatility: 'price',
};

const own = (cells: readonly string[], names: readonly string[], field: Field): boolean =>
  (cells[names.indexOf(field)] ?? '') !== '';

/** The rate to use where none is given, by the years of the contract. */
export type RateAt = (years: number) => number;
const NO_RATE: RateAt = () => 0;

export interface ParsedRows {
  readonly rows: readonly ParsedRow[];
  readonly bad: readonly BadRow[];
  readonly header: string;
  /** Columns that mean nothing, and those that come a second time. */
  readonly unused: readonly string[];
}

/**
 * Contracts of a CSV text (RFC 4180 without line breaks inside fields) whose first line that is not empty is the header; what a row leaves empty is
 * taken from `defaults`. Rows that don't fit are told, not used, and so are columns.
 */
export function parseContractRows(text: string, defaults: RawRow, rateAt: RateAt = NO_RATE): ParsedRows {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  const first = lines.findIndex((one) => one.trim() !== '');
  const header = lines[first] ?? '';
  const names = (splitRow(header) ?? []).map((name) => name.trim().toLowerCase());
  const rows: ParsedRow[] = [];
  const bad: BadRow[] = [];
  for (const [index, text_] of lines.entries()) {
    if (index <= first || text_.trim() === '') continue;
    const cells = (splitRow(text_) ?? []).map((cell) => cell.trim());
    const raw: Partial<Record<Field, string>> = {};
    for (const field of FIELDS) {
      const cell = cells[names.indexOf(field)];
      if (cell !== undefined && cell !== '') raw[field] = cell;
    }
    for (const field of FIELDS) {
      // What a row says in one of two ways it does not get from a flag in the other.
      const other = EITHER[field];
      const value = defaults[field];
      if (raw[field] === undefined && value !== undefined && (other === undefined || !own(cells, names, other)))
        raw[field] = value;
    }
    const line = index + 1;
    const found =
      cells.length === 0
        ? 'a quoted field is not closed'
        : cells.length === names.length
          ? contractRow(raw, rateAt)
          : `has ${cells.length} fields, the header has ${names.length}`;
    if (typeof found === 'string') bad.push({ line, reason: found });
    else rows.push({ line, row: found });
  }
  const known: readonly string[] = FIELDS;
  const unused = names.filter((name, i) => name !== '' && (!known.includes(name) || names.indexOf(name) < i));
  return { rows, bad, header, unused };
}

/** The contract that the fields describe, or what is wrong with them. */
export function contractRow(raw: RawRow, rateAt: RateAt = NO_RATE): ContractRow | string {
  const right = raw.right?.toLowerCase();
  if (right !== 'call' && right !== 'put' && right !== 'c' && right !== 'p')
    return `right must be call or put, was "${raw.right ?? ''}"`;
  const style = raw.style?.toLowerCase() ?? 'american';
  if (style !== 'american' && style !== 'european') return `style must be american or european, was "${style}"`;
  const numbers: Partial<Record<Field, number>> = {};
  for (const field of FIELDS.slice(3)) {
    const text = raw[field];
    if (text === undefined) continue;
    const value = numberOf(text);
    if (!Number.isFinite(value)) return `${field} must be a number, was "${text}"`;
    numbers[field] = value;
  }
  const { spot, strike, days, yield: dividendYield = 0, price, volatility } = numbers;
  if (days !== undefined && numbers.years !== undefined) return 'years and days are both given: leave one empty';
  const years = numbers.years ?? (days === undefined ? undefined : days / DAYS_PER_YEAR);
  if (spot === undefined || !(spot > 0)) return `spot must be a positive number, was "${raw.spot ?? ''}"`;
  if (strike === undefined || !(strike > 0)) return `strike must be a positive number, was "${raw.strike ?? ''}"`;
  if (years === undefined || years < 0) return 'years or days must be given and not be negative';
  for (const name of ['rate', 'yield'] as const)
    if (Math.abs(numbers[name] ?? 0) > MOST_RATE)
      return `${name} must be a decimal, four percent is 0.04; was "${raw[name] ?? ''}"`;
  if (volatility !== undefined && price !== undefined) return 'volatility and price are both given: leave one empty';
  if (volatility === undefined && price === undefined) return 'neither volatility nor price is given';
  if (volatility !== undefined && volatility < 0)
    return `volatility must not be negative, was "${raw.volatility ?? ''}"`;
  if (price !== undefined && price < 0) return `price must not be negative, was "${raw.price ?? ''}"`;
  const dividends = parseDividends(raw.dividends ?? '', years);
  if (typeof dividends === 'string') return dividends;
  return {
    right: right === 'call' || right === 'c' ? 'call' : 'put',
    style,
    spot,
    strike,
    years,
    rate: numbers.rate ?? rateAt(years),
    yield: dividendYield,
    dividends,
    known: volatility === undefined ? { kind: 'price', value: price ?? 0 } : { kind: 'volatility', value: volatility },
  };
}

/** `30:0.47;121:0.47`: days from now to the ex day, and dollars per share. Those that go ex after the `years` of the contract are left out. */
function parseDividends(text: string, years: number): DiscreteDividend[] | string {
  const dividends: DiscreteDividend[] = [];
  for (const item of text.split(';').map((part) => part.trim())) {
    if (item === '') continue;
    const [days = Number.NaN, cash = Number.NaN, ...rest] = item.split(':').map((part) => numberOf(part));
    if (rest.length > 0 || !(days > 0 && cash >= 0 && Number.isFinite(days * cash)))
      return `dividends must be DAYS:DOLLARS separated by semicolons, was "${text}"`;
    const ex = days / DAYS_PER_YEAR;
    if (ex > years) continue;
    dividends.push({ years: ex < years ? ex : Math.max(years - OPEN_TO_CLOSE, years / 2), cash, proportion: 0 });
  }
  return dividends;
}

function numberOf(text: string): number {
  return DECIMAL.test(text.trim()) ? Number(text) : Number.NaN;
}
