import { existsSync, readFileSync } from 'node:fs';
import type { OptionColumns } from '../columns.ts';

/** A contract with exact figures: theta and charm per year, vega, vanna and volga per 1.00 of volatility, rho per 1.00 of rate. */
export interface ReferenceRow {
  readonly category: string;
  readonly type: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** Where the figures of a row stand in the shared vectors and in our own. */
const NAMES = ['S', 'K', 'T', 'r', 'q', 'sigma', 'price', 'delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga'];
const COLUMNS = [...NAMES, 'charm', 'ivOfDoublePrice', 'ivConditionRel'];

export const sharedVectors = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/pricing/european_mpmath50.json`;

/** The shared 50-digit vectors; none when the folder is absent. */
export function sharedRows(): readonly ReferenceRow[] {
  if (!existsSync(sharedVectors)) return [];
  const { rows }: { rows: readonly Readonly<Record<string, string | number | null>>[] } = JSON.parse(
    readFileSync(sharedVectors, 'utf8'),
  );
  return rows.map((row) => ({
    category: String(row['cat']),
    type: String(row['type']),
    figures: Object.fromEntries(COLUMNS.map((name) => [name, Number(row[name] ?? Number.NaN)])),
  }));
}

/**
 * Our own 60-digit values in the corners: deep wings, minutes to expiry, negative rates, volatilities from 1e-5 to 12, and both sides of the
 * seams where a kernel goes from one formula to another.
 */
export function cornerRows(): readonly ReferenceRow[] {
  const lines = readFileSync(new URL('corner-values.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const [head = '', ...body] = lines.filter((line) => !line.startsWith('#'));
  const names = head.split(',');
  return body.map((line) => {
    const cells = line.split(',');
    const numbers = names.map(
      (name, index) => [name, cells[index] === '' ? Number.NaN : Number(cells[index])] as const,
    );
    return { category: cells[0] ?? '', type: cells[1] ?? '', figures: Object.fromEntries(numbers.slice(2)) };
  });
}

export function columnOf(rows: readonly ReferenceRow[], name: string): Float64Array {
  return Float64Array.from(rows, (row) => row.figures[name] ?? Number.NaN);
}

export function contractsOf(rows: readonly ReferenceRow[]): OptionColumns {
  return {
    spot: columnOf(rows, 'S'),
    strike: columnOf(rows, 'K'),
    years: columnOf(rows, 'T'),
    rate: columnOf(rows, 'r'),
    yield: columnOf(rows, 'q'),
    call: Uint8Array.from(rows, (row) => (row.type === 'call' ? 1 : 0)),
  };
}
