import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { type OptionFigures, figuresAtPrice, figuresAtVolatility, figuresWithDividends } from '@trading-agent/pricing';
import { marketDate, TradingError } from '@trading-agent/core';
import { Command } from 'commander';
import { ratesAsOf } from '../chain/chain-inputs.ts';
import {
  type ContractRow,
  contractRow,
  type Field,
  parseContractRows,
  type RateAt,
  type RawRow,
} from '../chain/contract-rows.ts';
import { outFlushed } from '../chain/flushed-output.ts';
import { Progress } from '../data/progress.ts';
import { bold, dim, terminal } from '../terminal.ts';
import { usage } from '../usage.ts';

type PriceFlags = Readonly<Partial<Record<Field, string>>> & {
  readonly date?: string;
  readonly reference?: string;
  readonly file?: string;
  readonly json: boolean;
};

/** Contracts with dividends between two words on how far it is. */
const SHOWN_EVERY = 200;
/** Rows without dividends between two words on how far it is. */
const AT_ONCE = 5_000;
/** How many bad rows are named one by one. */
const NAMED_ROWS = 20;

export function priceCommand(): Command {
  return new Command('price')
    .description('Price options, or find the volatility their prices imply: one by flags, many from a CSV file.')
    .option('--right <call|put>', 'call or put')
    .option('--style <kind>', 'american or european (default: american)')
    .option('--spot <usd>', 'price of the underlying, dollars per share')
    .option('--strike <usd>', 'strike, dollars per share')
    .option('--days <n>', 'calendar days to expiry, fractions allowed')
    .option('--years <n>', 'years of 365 days to expiry, instead of --days')
    .option('--rate <r>', 'continuously compounded rate, decimal (default: 0, or that of --date)')
    .option('--date <day>', 'where no rate is given: that of the Treasury curve before this day, else the policy rate')
    .option('--reference <dir>', 'folder with reference/us_treasury_par_yields*.csv[.gz] for --date')
    .option('--yield <q>', 'continuous dividend yield, decimal (default: 0)')
    .option(
      '--dividends <list>',
      'cash dividends as DAYS:USD;DAYS:USD, days to the ex day, instead of or beside the yield',
    )
    .option('--volatility <v>', 'annual volatility, decimal: gives the price')
    .option('--price <usd>', 'price of the option: gives the volatility')
    .option('--file <csv>', 'CSV with a header of these names (right,strike,days,...); - reads standard input')
    .option('--json', 'print JSON instead of text or CSV', false)
    .addHelpText(
      'after',
      `
With --file the flags stand for what a row leaves empty; a row's days win over --years, its price over --volatility, and so on. A row that does not fit is named on standard error and left out.
Units: dollars per share; vega per 0.01 of volatility, theta per calendar day, rho per 0.01 of the rate.
Outcomes: ok, exercise-region, below-intrinsic, above-maximum, no-quote, expired.

Examples:
  agent price --right put --spot 100 --strike 95 --days 45 --rate 0.04 --volatility 0.25
  agent price --right call --style european --spot 100 --strike 105 --days 30 --price 1.10 --json
  agent price --right call --spot 94.48 --strike 90 --days 163 --rate 0.002 --dividends '91:0.47' --price 9.15
  agent price --right put --spot 100 --strike 95 --days 45 --volatility 0.25 --date 2015-12-24 --reference .
  agent price --file contracts.csv --rate 0.04 > priced.csv
  printf 'right,spot,strike,days,volatility\\nput,100,95,45,0.25\\n' | agent price --file - --json

Exit codes: 0 done, 1 failed, 2 wrong input.`,
    )
    .action(runPrice);
}

async function runPrice({ file, json, date, reference, ...flags }: PriceFlags): Promise<void> {
  const rateAt = await rateOf(date, reference);
  if (file === undefined) return priceOne(flags, rateAt, json);
  const source = file === '-' ? 'standard input' : file;
  const { rows, bad, header, unused } = parseContractRows(await read(file), flags, rateAt);
  if (unused.length > 0)
    terminal.error(
      `warning ${source}: the columns ${unused.slice(0, NAMED_ROWS).join(', ')} mean nothing or come twice; left out of account\n`,
    );
  for (const { line, reason } of bad.slice(0, NAMED_ROWS))
    terminal.error(`warning ${source}:${line}: ${reason}; the row is left out\n`);
  if (bad.length > NAMED_ROWS) terminal.error(`warning ${bad.length - NAMED_ROWS} more rows are left out\n`);
  if (rows.length === 0)
    throw new TradingError('INVALID_VALUE', `${source} has no row that can be priced`, {
      hint: `Expected a header such as right,spot,strike,days,volatility, ${/[;\t]/.test(header) ? 'commas between' : 'then rows'}; found "${header.slice(0, 100)}".`,
    });
  const [high, ...others] = rows.filter(({ row }) => isMuch(row));
  if (high !== undefined)
    terminal.error(
      `warning ${source}:${high.line}${others.length === 0 ? '' : ` and ${others.length} more rows`}: ${MUCH}\n`,
    );
  const priced = price(rows.map(({ row }) => row));
  if (json) {
    const results = rows.map(({ line, row }, i) => ({ line, ...result(row, priced[i]) }));
    return outFlushed(`${JSON.stringify({ results, leftOut: bad })}\n`);
  }
  const lines = rows.map(({ line, row }, i) => {
    const values = result(row, priced[i]);
    return [line, ...OUTPUT.map((name) => values[name] ?? '')].join(',');
  });
  await outFlushed(`${['line', ...OUTPUT].join(',')}\n${lines.join('\n')}\n`);
}

/** The rate of a contract that gives none: 0 without a date. What was taken is told on standard error. */
async function rateOf(date: string | undefined, reference: string | undefined): Promise<RateAt> {
  if (date === undefined) {
    if (reference !== undefined) throw usage('--reference goes with --date', 'Add --date YYYY-MM-DD.');
    return () => 0;
  }
  const { rates, source } = await ratesAsOf(marketDate(date), reference);
  terminal.error(`rate: ${source}\n`);
  return (years) => rates.rate(years);
}

function priceOne(flags: RawRow, rateAt: RateAt, json: boolean): void {
  const row = contractRow(flags, rateAt);
  if (typeof row === 'string')
    throw usage(
      `The contract can't be priced: ${row}`,
      'See agent price --help for examples, or give many with --file.',
    );
  if (isMuch(row)) terminal.error(`warning ${MUCH}\n`);
  const values = result(row, price([row])[0]);
  if (json) return terminal.out(`${JSON.stringify(values)}\n`);
  const width = Math.max(...OUTPUT.map((name) => name.length)) + 2;
  const { style, right, strike, spot, years, rate, yield: paid } = row;
  terminal.out(bold(`${style} ${right}, strike ${strike}, spot ${spot}, ${round(years * 365)} days\n`));
  const dividends = values.dividends === '' ? '' : `, dividends (days:dollars) ${values.dividends}`;
  terminal.out(dim(`rate ${round(rate)}, yield ${round(paid)}${dividends}\n`));
  for (const name of OUTPUT.slice(INPUTS)) {
    const value = values[name];
    terminal.out(`${dim(name.padEnd(width))}${typeof value === 'number' ? round(value) : (value ?? 'none')}\n`);
  }
}

async function read(file: string): Promise<string> {
  if (file === '-') return readAll(process.stdin);
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TradingError('INVALID_VALUE', `The file ${file} can't be read`, {
      hint: 'Give a CSV file with --file, or - for standard input.',
      cause,
    });
  }
}

/** A volatility that is more likely percent taken for a decimal; real ones of the last hours are as high, so it is only told. */
function isMuch({ known }: ContractRow): boolean {
  return known.kind === 'volatility' && known.value >= MUCH_VOLATILITY;
}
const MUCH_VOLATILITY = 5;
const MUCH = `a volatility of 500% or more; twenty-five percent is 0.25`;

function price(rows: readonly ContractRow[]): OptionFigures[] {
  const figures: OptionFigures[] = [];
  const progress = new Progress('contracts');
  let behind = 0;
  for (const kind of ['volatility', 'price'] as const) {
    const indices = rows.flatMap((row, i) => (row.known.kind === kind && row.dividends.length === 0 ? [i] : []));
    for (const part of parts(rows, indices)) {
      const chosen = part.flatMap((i) => rows[i] ?? []);
      const values = chosen.map((row) => row.known.value);
      const found = kind === 'volatility' ? figuresAtVolatility(chosen, values) : figuresAtPrice(chosen, values);
      for (const [i, one] of found.entries()) figures[part[i] ?? 0] = one;
      behind += part.length;
      if (rows.length > AT_ONCE) progress.show(behind, rows.length, 'priced');
    }
  }
  const paying = rows.flatMap(({ dividends }, i) => (dividends.length > 0 ? [i] : []));
  for (const [done, i] of paying.entries()) {
    const row = rows[i];
    if (row === undefined) continue;
    const { dividends, known, ...option } = row;
    figures[i] = figuresWithDividends(option, dividends, known);
    // Some ten milliseconds each: a long file takes minutes.
    if (done > 0 && done % SHOWN_EVERY === 0) progress.show(behind + done, rows.length, 'with dividends');
  }
  progress.end();
  return figures;
}

/**
 * Rows to be priced together, so that progress can be told between: some thousand, and all of one price of the underlying, which are one
 * chain with the exercise boundaries of its expiries.
 */
function* parts(rows: readonly ContractRow[], indices: readonly number[]): Generator<readonly number[]> {
  let part: number[] = [];
  for (const chain of Map.groupBy(indices, (i) => rows[i]?.spot).values()) {
    for (const i of chain) part.push(i);
    if (part.length < AT_ONCE) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

const OUTPUT = [
  'right',
  'style',
  'spot',
  'strike',
  'years',
  'rate',
  'yield',
  'dividends',
  'outcome',
  'price',
  'volatility',
  'delta',
  'gamma',
  'vega',
  'theta',
  'rho',
] as const;
/** How many of them repeat the input. */
const INPUTS = 8;

function result(
  row: ContractRow,
  figures: OptionFigures | undefined,
): Record<(typeof OUTPUT)[number], string | number | null> & { readonly dividends: string } {
  const { known, dividends, ...terms } = row;
  const greeks = figures?.greeks ?? null;
  return {
    ...terms,
    dividends: dividends.map(({ years, cash }) => `${round(years * 365)}:${cash}`).join(';'),
    outcome: figures?.outcome ?? 'no-quote',
    price: known.kind === 'price' ? known.value : (greeks?.price ?? null),
    volatility: known.kind === 'volatility' ? known.value : (figures?.volatility ?? null),
    delta: greeks?.delta ?? null,
    gamma: greeks?.gamma ?? null,
    vega: greeks?.vega ?? null,
    theta: greeks?.theta ?? null,
    rho: greeks?.rho ?? null,
  };
}

function round(value: number): string {
  return String(Number(value.toPrecision(8)));
}
