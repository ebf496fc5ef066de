import { writeFileSync } from 'node:fs';
import { latestSession, nyDate, nyInstant, requireSession } from '@trading-agent/calendar';
import { type MarketDate, type Micros, TradingError, marketDate, systemClock } from '@trading-agent/core';
import { type MarketDay, loadRecordedDay } from '@trading-agent/market-data';
import { generateMarketDay } from '@trading-agent/synthetic';
import { Command } from 'commander';
import { type ChainInputs, chainInputs, type InputFlags } from '../chain/chain-inputs.ts';
import { type ChainRow, type ChainSnapshot, chainSnapshot, seriesName } from '../chain/chain-snapshot.ts';
import { outFlushed } from '../chain/flushed-output.ts';
import { drawnSmiles, smilePlot, smileSvg } from '../chain/smile.ts';
import { percent, strikeTable } from '../chain/strike-table.ts';
import { type TermStructure, termStructure } from '../chain/term-structure.ts';
import { wholeNumber } from '../run-flags.ts';
import { bold, dim, terminal } from '../terminal.ts';
import { usage } from '../usage.ts';

interface ChainFlags extends InputFlags {
  readonly date?: string;
  readonly at?: string;
  readonly spot?: string;
  readonly expiry?: string;
  readonly strikes: number;
  readonly svg?: string;
  readonly seed: number;
  readonly json: boolean;
}

export function chainCommand(): Command {
  return new Command('chain')
    .description("An underlying's option chain at one moment: quotes, implied volatilities, greeks and the smile.")
    .argument('<symbol>', 'underlying, for instance GOOG')
    .option('--date <day>', 'market day as YYYY-MM-DD (default for the synthetic market: the latest session)')
    .option('--data <dir>', 'lake, or folder of flat files (default: the synthetic market of the seed)')
    .option('--at <HH:MM>', 'New York time of day up to which quotes are known (default: the close)')
    .option('--spot <usd>', "price of the underlying, where the data don't have it (default: the last one up to --at)")
    .option('--expiry <day>', 'only this expiry')
    .option('--rate <r>', 'one continuously compounded rate for all expiries, decimal (default: see below)')
    .option(
      '--dividends <list>',
      'cash dividends as YYYY-MM-DD:USD;..., or none (default: those declared before the day)',
    )
    .option('--expected-dividends', 'take those foretold by the year before too', false)
    .option('--reference <dir>', 'folder with reference/ (default: the data folder)')
    .option(
      '--settlement <p:d>',
      'sessions until the premium and until a delivery is paid, such as 1:3 (default: none)',
    )
    .option('--strikes <n>', 'strikes shown on each side of the forward; 0 shows all', wholeNumber, 6)
    .option('--svg <file>', 'write the smiles as an SVG file')
    .option('--seed <n>', 'seed of the synthetic market', wholeNumber, 7)
    .option('--json', 'print one JSON object on standard output, with all strikes', false)
    .addHelpText(
      'after',
      `
Volatilities are those of mid-prices, American where the contract is. Each expiry is priced with
- its rate: of the newest Treasury curve before the day (reference/us_treasury_par_yields*.csv[.gz] of the data), else the policy rate;
- the cash dividends declared before the day (reference/corporate_actions), one by one; none when no file tells, those
  the synthetic market announces without --data;
- the yield at which its American calls and puts agree: the borrow fee, and what nobody declared.
The first lines say which were used. A price at or below the exercise value implies no volatility: such contracts are counted and shown, not
solved.

Examples:
  agent chain SPY
  agent chain GOOG --date 2015-12-24 --data ./flatfiles --at 10:30
  agent chain TWX --date 2014-06-05 --data ./flatfiles --reference . --expected-dividends
  agent chain SPX --date 2021-01-08 --data ./flatfiles --spot 3824.68
  agent chain GOOG --date 2015-12-24 --data ./flatfiles --expiry 2016-01-15 --strikes 0 --svg smile.svg

Exit codes: 0 done, 1 failed, 2 wrong input.`,
    )
    .action(runChain);
}

async function runChain(name: string, flags: ChainFlags): Promise<void> {
  const symbol = name.trim().toUpperCase();
  if (symbol === '') throw usage('The symbol is empty', 'For instance agent chain SPY.');
  if (flags.data !== undefined && flags.date === undefined) throw usage('--data needs a day', 'Add --date YYYY-MM-DD.');
  const date = flags.date === undefined ? latestSession(nyDate(systemClock.now())) : marketDate(flags.date);
  const at = moment(date, flags.at);
  const spot = flags.spot === undefined ? undefined : price(flags.spot);
  const day = await load(symbol, date, flags);
  const inputs = await chainInputs(symbol, date, flags);
  const full = chainSnapshot(day, symbol, at, inputs.pricer, spot);
  const snapshot = flags.expiry === undefined ? full : only(full, marketDate(flags.expiry));
  const shown = new Set(snapshot.expiries.map(seriesName));
  // Thirty days lie between two expiries, whichever are shown.
  const whole = termStructure(full);
  const term = { ...whole, expiries: whole.expiries.filter((one) => shown.has(seriesName(one))) };
  if (flags.svg !== undefined) writeSvg(flags.svg, snapshot, date);
  const result = flags.json
    ? `${JSON.stringify(plain(snapshot, term, date, inputs))}\n`
    : describe(snapshot, term, date, inputs, flags.strikes);
  await outFlushed(result);
}

async function load(symbol: string, date: MarketDate, { data, seed }: ChainFlags): Promise<MarketDay> {
  if (data === undefined) return generateMarketDay({ date, underlyings: [symbol], seed });
  const day = await loadRecordedDay({ dataDir: data, date, underlyings: [symbol] });
  if (day.quarantinedTotal > 0) terminal.error(`warning ${day.quarantinedTotal} rows can't be read and are left out\n`);
  return day;
}

function price(text: string): number {
  const value = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value > 0 && Number.isFinite(value)) return value;
  throw usage(`--spot must be a price in dollars above zero, was "${text}"`, 'For instance --spot 3824.68.');
}

function moment(date: MarketDate, at: string | undefined): Micros {
  const { open, close } = requireSession(date);
  if (at === undefined) return close;
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(at)) throw usage(`--at must be HH:MM, was "${at}"`, 'For instance --at 10:30.');
  const instant = nyInstant(date, at);
  if (instant < open)
    throw usage(`--at ${at} is before the session opens`, 'New York time; the session opens at 09:30.');
  return instant;
}

function only(snapshot: ChainSnapshot, expiry: MarketDate): ChainSnapshot {
  const expiries = snapshot.expiries.filter((one) => one.expiry === expiry);
  if (expiries.length === 0)
    throw new TradingError('INVALID_VALUE', `${snapshot.symbol} has no options that expire on ${expiry}`, {
      hint: `Expiries: ${snapshot.expiries.map((one) => one.expiry).join(', ')}.`,
    });
  return { ...snapshot, expiries };
}

function writeSvg(file: string, snapshot: ChainSnapshot, date: MarketDate): void {
  const title = `${snapshot.symbol} ${date} ${snapshot.time} New York, spot ${snapshot.spot}`;
  try {
    writeFileSync(file, smileSvg(title, drawnSmiles(snapshot)));
  } catch (cause) {
    throw new TradingError('INVALID_VALUE', `The file ${file} can't be written`, {
      hint: 'Give --svg a file in a folder that exists.',
      cause,
    });
  }
  terminal.error(`wrote ${file}\n`);
}

/** Of the contracts that have a price: the share at and the share below their exercise value, which no volatility explains. */
function shares(rows: readonly ChainRow[]): Record<'exercise-region' | 'below-intrinsic', number> {
  const priced = rows.filter(({ outcome }) => outcome !== 'no-quote').length;
  const share = (wanted: ChainRow['outcome']): number =>
    priced === 0 ? 0 : rows.filter(({ outcome }) => outcome === wanted).length / priced;
  return { 'exercise-region': share('exercise-region'), 'below-intrinsic': share('below-intrinsic') };
}

/** How many contracts ended with each outcome, the commonest first. */
function counts(rows: readonly ChainRow[]): Record<string, number> {
  const found = [...Map.groupBy(rows, ({ outcome }) => outcome)].map(
    ([outcome, all]) => [outcome, all.length] as const,
  );
  return Object.fromEntries(found.toSorted((one, other) => other[1] - one[1]));
}

function plain(snapshot: ChainSnapshot, term: TermStructure, date: MarketDate, inputs: ChainInputs): object {
  const { symbol, time, spot, expiries, surface } = snapshot;
  const all = expiries.flatMap(({ rows }) => rows);
  return {
    symbol,
    date,
    time,
    spot,
    inputs: {
      rate: inputs.rateSource,
      dividends: inputs.dividends,
      dividendSource: inputs.dividendSource,
    },
    outcomes: counts(all),
    shares: shares(all),
    arbitrage: surface.findings,
    term,
    expiries: expiries.map(
      ({ expiry, settles, style, inputs: { paid: _paid, dividends, ...priced }, rows, smile }) => ({
        expiry,
        settles,
        style,
        ...priced,
        dividends: dividends.map(({ years, cash, proportion }) => ({ years, cash, proportion })),
        smile: smile === null ? null : { ...smile.svi, origin: smile.origin, points: smile.points, error: smile.error },
        contracts: rows.map(({ contract, bid, ask, outcome, volatility, greeks }) => ({
          symbol: contract.symbol,
          right: contract.right,
          strike: contract.strike,
          bid,
          ask,
          outcome,
          volatility,
          delta: greeks?.delta ?? null,
          gamma: greeks?.gamma ?? null,
          vega: greeks?.vega ?? null,
          theta: greeks?.theta ?? null,
          rho: greeks?.rho ?? null,
        })),
      }),
    ),
  };
}

function describe(
  snapshot: ChainSnapshot,
  term: TermStructure,
  date: MarketDate,
  inputs: ChainInputs,
  strikes: number,
): string {
  const { symbol, time, spot, expiries, surface } = snapshot;
  const smiles = new Map(drawnSmiles(snapshot).map((smile) => [smile.name, smile]));
  const parts = [`${bold(`${symbol} ${spot}`)}${dim(`  ${date} ${time} New York`)}\n`, inputText(snapshot, inputs)];
  // One smile stands for the shape, that of the first expiry with more than its last days to live; --expiry shows another.
  const smiling = expiries.filter((one) => smiles.has(seriesName(one)));
  const plotted = smiling.find(({ inputs: { years } }) => years >= PLOTTED_FROM) ?? smiling.at(-1);
  const columns = terminal.columns();
  for (const expiry of expiries) {
    parts.push(strikeTable(expiry, strikes, columns));
    const smile = expiry === plotted ? smiles.get(seriesName(expiry)) : undefined;
    if (smile !== undefined) parts.push(`\n${smilePlot(smile, columns ?? PLAIN_COLUMNS)}`);
  }
  const all = expiries.flatMap(({ rows }) => rows);
  const share: Readonly<Record<string, number>> = shares(all);
  const told = Object.entries(counts(all)).map(([outcome, count]) => {
    const part = share[outcome];
    return `${outcome} ${count}${part === undefined ? '' : ` (${(100 * part).toFixed(1)}%)`}`;
  });
  const { findings } = surface;
  const repaired = findings.filter((finding) => finding.repaired).length;
  parts.push(termText(term));
  parts.push(`\nContracts  ${told.join(', ')}\n`);
  parts.push(`Arbitrage  ${findings.length} findings in the fitted smiles, ${repaired} repaired\n`);
  return parts.join('');
}

/** A line for each expiry, in percent of volatility. */
function termText({ expiries, thirtyDays }: TermStructure): string {
  const cell = (value: number | null): string => (value === null ? '-' : (100 * value).toFixed(1)).padStart(9);
  const width = expiries.some(({ settles }) => settles === 'am') ? 13 : 10;
  const head = `${'expiry'.padEnd(width)}     days   forward   at money  25d put 25d call     VIX*`;
  const lines = expiries.map(({ days, forward, atTheMoney, put25, call25, modelFree, ...series }) => {
    const figures = [atTheMoney, put25, call25, modelFree].map(cell).join('');
    return `${seriesName(series).padEnd(width)} ${days.toFixed(1).padStart(8)} ${forward.toFixed(2).padStart(9)}  ${figures}`;
  });
  const thirty = `30 days ${cell(thirtyDays.atTheMoney).trim()} at the money, ${cell(thirtyDays.index).trim()} by the VIX recipe*`;
  const table = lines.length === 0 ? '' : `${dim(head)}\n${lines.join('\n')}\n`;
  return `\n${table}${thirty}\n${dim('* model-free, of the options with a bid')}\n`;
}

/** Which rate, dividends and forwards the figures stand on. */
function inputText({ expiries }: ChainSnapshot, { rateSource, dividends, dividendSource }: ChainInputs): string {
  const rates = expiries.map(({ inputs }) => inputs.rate);
  const [low, high] = [Math.min(...rates), Math.max(...rates)].map((rate) => percent(rate));
  const listed = (dividends ?? [])
    .slice(0, NAMED_DIVIDENDS)
    .map(({ exDate, cash, basis }) => `${exDate} ${Number(cash.toFixed(4))}${basis === 'foretold' ? ' foretold' : ''}`);
  const more = (dividends?.length ?? 0) - listed.length;
  const read = expiries.filter(({ inputs }) => inputs.sources.forward === 'quotes').length;
  const carried = expiries.length - read;
  const styles = new Set(expiries.map(({ style }) => style));
  const kind = styles.size > 1 ? '' : styles.has('european') ? 'European ' : 'American ';
  const lines = [
    `Rate       ${low === high ? low : `${low} to ${high}`}: ${rateSource}`,
    `Dividends  ${dividends === null ? '' : `${listed.join(', ') || 'none'}${more > 0 ? ` and ${more} more` : ''}: `}${dividendSource}`,
    `Forwards   implied by ${kind}calls and puts on ${read} of ${expiries.length} expiries${carried === 0 ? '' : '; the others by rate and dividends alone'}`,
  ];
  return `${lines.map((line) => dim(line)).join('\n')}\n`;
}

const NAMED_DIVIDENDS = 4;
/** Years: in its last week a smile is a few quotes. */
const PLOTTED_FROM = 7 / 365;
/** Of a plot that goes into a file or a pipe. */
const PLAIN_COLUMNS = 72;
