import { bold, dim } from '../terminal.ts';
import { type ChainExpiry, type ChainRow, seriesName } from './chain-snapshot.ts';

/** Two digits, without a minus before zero. */
export function percent(value: number): string {
  return `${(100 * value + 0).toFixed(2).replace(/^-(0\.0*)$/, '$1')}%`;
}

/**
 * One expiry in words and its strikes, calls on the left and puts on the right, `strikes` of them on each side of the forward (0: all), in as many
 * `columns` as a terminal has (undefined: as many as it takes).
 */
export function strikeTable(series: ChainExpiry, strikes: number, columns?: number): string {
  const { inputs, rows, smile } = series;
  const { years, forward, standardError } = inputs;
  const byStrike = [...Map.groupBy(rows, ({ contract }) => contract.strike)].toSorted(
    (one, other) => one[0] - other[0],
  );
  const above = byStrike.findIndex(([strike]) => strike >= forward);
  const middle = above < 0 ? byStrike.length : above;
  const shown = strikes === 0 ? byStrike : byStrike.slice(Math.max(0, middle - strikes), middle + strikes);
  const fit = smile === null ? 'no smile' : `smile ${smile.origin}, ±${(100 * smile.error).toFixed(2)} points`;
  const told = standardError === null ? 'not implied' : `±${standardError.toFixed(2)}`;
  const terms = `forward ${forward.toFixed(2)} (${told}), rate ${percent(inputs.rate)}, yield ${percent(inputs.yield)}`;
  const title = `${bold(seriesName(series))}${dim(`  ${(365 * years).toFixed(1)} days, ${terms}, ${fit}`)}`;
  const figures = sideFigures(columns);
  const names = SIDE.slice(0, figures).map(([name, width]) => name.padStart(width));
  const head = `${names.join(' ')} ${'strike'.padStart(9)}  ${names.join(' ')}`;
  const lines = shown.map(([strike, both]) => {
    const side = (right: 'call' | 'put'): string =>
      sideText(
        both.find(({ contract }) => contract.right === right),
        figures,
      );
    return `${side('call')} ${bold(strike.toFixed(2).padStart(9))}  ${side('put')}`;
  });
  return `\n${title}\n${dim(head)}\n${lines.join('\n')}\n`;
}

/** What is shown of a call and of a put, with its width; the last ones go where a terminal is narrow. */
const SIDE = [
  ['bid', 7],
  ['ask', 7],
  ['IV', 6],
  ['delta', 7],
  ['theta', 7],
  ['vega', 7],
] as const;
/** Bid, ask and volatility are shown wherever. */
const LEAST_FIGURES = 3;
/** The strike between both sides. */
const MIDDLE = 12;

/** How many of `SIDE` fit into so many columns. */
function sideFigures(columns = Number.POSITIVE_INFINITY): number {
  const width = (count: number): number =>
    MIDDLE + 2 * SIDE.slice(0, count).reduce((sum, [, one], i) => sum + one + (i === 0 ? 0 : 1), 0);
  let count: number = SIDE.length;
  while (count > LEAST_FIGURES && width(count) > columns) count -= 1;
  return count;
}

function sideText(row: ChainRow | undefined, figures: number): string {
  const volatility = row?.volatility ?? null;
  const reason = row === undefined ? '-' : SHORT[row.outcome];
  const fixed = (value: number | null | undefined, digits: number): string =>
    value === null || value === undefined ? '-' : value.toFixed(digits);
  const cells = [
    fixed(row?.bid, 2),
    fixed(row?.ask, 2),
    volatility === null ? reason : fixed(100 * volatility, 1),
    fixed(row?.greeks?.delta, 3),
    fixed(row?.greeks?.theta, 3),
    fixed(row?.greeks?.vega, 3),
  ];
  return SIDE.slice(0, figures)
    .map(([, width], i) => (cells[i] ?? '').padStart(width))
    .join(' ');
}

/** Why there is no volatility, in six characters. */
const SHORT: Readonly<Record<ChainRow['outcome'], string>> = {
  ok: '-',
  'exercise-region': 'exerc',
  'below-intrinsic': 'below',
  'above-maximum': 'above',
  'no-quote': '-',
  expired: 'exp',
};
