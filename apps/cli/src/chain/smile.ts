import { sviTotalVariance } from '@trading-agent/pricing';
import { type ChainExpiry, type ChainSnapshot, seriesName } from './chain-snapshot.ts';

export interface SmilePoint {
  readonly strike: number;
  readonly volatility: number;
}

/** One expiry's smile to be drawn: what its out-of-the-money quotes imply, and the fitted curve. */
export interface DrawnSmile {
  readonly name: string;
  readonly quotes: readonly SmilePoint[];
  readonly curve: readonly SmilePoint[];
}

const CURVE_POINTS = 120;
/** Strikes further from the forward than this many deviations are not drawn. */
const DEVIATIONS = 4;

export function drawnSmiles(snapshot: ChainSnapshot): DrawnSmile[] {
  return snapshot.expiries.flatMap((expiry) => drawnSmile(expiry) ?? []);
}

function drawnSmile(series: ChainExpiry): DrawnSmile | undefined {
  const { inputs, rows, smile } = series;
  const { forward, years } = inputs;
  if (smile === null) return undefined;
  const at = (strike: number): number =>
    Math.sqrt(Math.max(0, sviTotalVariance(smile.svi, Math.log(strike / forward))) / years);
  const reach = DEVIATIONS * Math.max(at(forward) * Math.sqrt(years), 0.005);
  const quotes = rows.flatMap(({ contract: { strike, right }, volatility }) =>
    volatility !== null && (right === 'call') === strike >= forward && Math.abs(Math.log(strike / forward)) <= reach
      ? [{ strike, volatility }]
      : [],
  );
  const first = quotes[0];
  const last = quotes.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const curve = Array.from({ length: CURVE_POINTS + 1 }, (_, i) => {
    const strike = first.strike + ((last.strike - first.strike) * i) / CURVE_POINTS;
    return { strike, volatility: at(strike) };
  });
  return { name: seriesName(series), quotes, curve };
}

const HEIGHT = 12;
/** Of the volatilities and the axis on the left. */
const MARGIN = 8;
/** Columns of a plot, margin included: what is narrower shows nothing, what is wider is only longer. */
const NARROWEST = 32;
const WIDEST = 120;

/** The smile as characters in at most `columns` of a terminal: `o` what quotes imply, `·` the fitted curve. */
export function smilePlot({ quotes, curve }: DrawnSmile, columns: number): string {
  const width = Math.min(Math.max(columns, NARROWEST), WIDEST) - MARGIN;
  const points = [...quotes, ...curve];
  const strikes = range(points.map(({ strike }) => strike));
  const volatilities = range(points.map(({ volatility }) => volatility));
  const cells = Array.from({ length: HEIGHT }, () => Array.from({ length: width }, () => ' '));
  const put = ({ strike, volatility }: SmilePoint, mark: string): void => {
    const x = Math.round(share(strike, strikes) * (width - 1));
    const y = Math.round((1 - share(volatility, volatilities)) * (HEIGHT - 1));
    const line = cells[y];
    if (line !== undefined) line[x] = mark;
  };
  for (const point of curve) put(point, '·');
  for (const point of quotes) put(point, 'o');
  const lines = cells.map((line, y) => {
    const volatility = volatilities.high - ((volatilities.high - volatilities.low) * y) / (HEIGHT - 1);
    return `${y % 3 === 0 || y === HEIGHT - 1 ? percent(volatility) : ' '.repeat(6)} |${line.join('').trimEnd()}`;
  });
  const left = String(strikes.low);
  const right = String(strikes.high);
  const axis = `${' '.repeat(7)}+${'-'.repeat(width)}\n${' '.repeat(8)}${left}${right.padStart(width - left.length)}`;
  return `${lines.join('\n')}\n${axis}\n`;
}

interface Range {
  readonly low: number;
  readonly high: number;
}

function range(values: readonly number[]): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

function share(value: number, { low, high }: Range): number {
  return high > low ? (value - low) / (high - low) : 0.5;
}

function percent(volatility: number): string {
  return `${(100 * volatility).toFixed(1)}%`.padStart(6);
}

const BOX = { width: 960, height: 540, left: 70, right: 140, top: 40, bottom: 50 };
const COLORS = [
  '#4269d0',
  '#efb118',
  '#ff725c',
  '#6cc5b0',
  '#3ca951',
  '#ff8ab7',
  '#a463f2',
  '#97bbf5',
  '#9c6b4e',
  '#9498a0',
];

/** All smiles as one SVG document: circles what quotes imply, lines the fitted curves; strikes in dollars, volatilities in percent. */
export function smileSvg(title: string, smiles: readonly DrawnSmile[]): string {
  const points = smiles.flatMap(({ quotes, curve }) => [...quotes, ...curve]);
  const strikes = range(points.map(({ strike }) => strike));
  const volatilities = range(points.map(({ volatility }) => volatility));
  const x = (strike: number): string =>
    (BOX.left + share(strike, strikes) * (BOX.width - BOX.left - BOX.right)).toFixed(1);
  const y = (volatility: number): string =>
    (BOX.height - BOX.bottom - share(volatility, volatilities) * (BOX.height - BOX.top - BOX.bottom)).toFixed(1);
  const ticks = Array.from({ length: 6 }, (_, i) => i / 5);
  const none = [`<text x="${BOX.left}" y="${BOX.top + 30}">No expiry has a smile.</text>`];
  const grid = (points.length === 0 ? [] : ticks).flatMap((part) => {
    const strike = strikes.low + part * (strikes.high - strikes.low);
    const volatility = volatilities.low + part * (volatilities.high - volatilities.low);
    return [
      `<line x1="${BOX.left}" x2="${BOX.width - BOX.right}" y1="${y(volatility)}" y2="${y(volatility)}" stroke="#ddd"/>`,
      `<text x="${BOX.left - 8}" y="${y(volatility)}" text-anchor="end" dominant-baseline="middle">${percent(volatility).trim()}</text>`,
      `<text x="${x(strike)}" y="${BOX.height - BOX.bottom + 20}" text-anchor="middle">${Number(strike.toPrecision(4))}</text>`,
    ];
  });
  const line = Math.min(16, (BOX.height - BOX.top - BOX.bottom) / smiles.length);
  const drawn = smiles.flatMap(({ name, quotes, curve }, i) => {
    const color = COLORS[i % COLORS.length] ?? '#000';
    const path = curve
      .map(({ strike, volatility }, j) => `${j === 0 ? 'M' : 'L'}${x(strike)} ${y(volatility)}`)
      .join('');
    // Colours come again after ten, and are told apart by dashes.
    const again = Math.floor(i / COLORS.length);
    const dashes = again === 0 ? '' : ` stroke-dasharray="${12 / (again + 1)} 3"`;
    const legend = `${name}${' -'.repeat(again === 0 ? 0 : again + 1)}`;
    return [
      `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.5"${dashes}/>`,
      ...quotes.map((q) => `<circle cx="${x(q.strike)}" cy="${y(q.volatility)}" r="2" fill="${color}"/>`),
      `<text x="${BOX.width - BOX.right + 12}" y="${BOX.top + line * i}" fill="${color}">${escape(legend)}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${BOX.width} ${BOX.height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${BOX.left}" y="22" font-size="15">${escape(title)}</text>`,
    ...grid,
    `<text x="${BOX.width - BOX.right}" y="${BOX.height - 12}" text-anchor="end">strike, dollars (dots: quotes; lines: fitted)</text>`,
    ...(smiles.length === 0 ? none : drawn),
    '</svg>\n',
  ].join('\n');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
