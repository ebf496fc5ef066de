import { nyInstant } from '@trading-agent/calendar';
import { addDays, marketDate } from '@trading-agent/core';
import { formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import { optionPrice, Rates, UnderlyingPricer } from '@trading-agent/pricing';
import { describe, expect, it } from 'vitest';
import { type ChainQuote, chainDay } from '../testing/chain-day.ts';
import { chainSnapshot } from './chain-snapshot.ts';
import { type DrawnSmile, smilePlot, smileSvg } from './smile.ts';
import { strikeTable } from './strike-table.ts';

const smile: DrawnSmile = {
  name: '2026-03-20',
  quotes: [90, 95, 100, 105, 110].map((strike) => ({ strike, volatility: 0.3 - (strike - 100) / 100 })),
  curve: Array.from({ length: 121 }, (_, i) => ({ strike: 90 + i / 6, volatility: 0.4 - i / 600 })),
};
const linesOf = (text: string): string[] => text.trimEnd().split('\n');
const longest = (lines: readonly string[]): number => Math.max(...lines.map((line) => line.length));

describe('a smile as characters', () => {
  it.each([
    [40, 40],
    [72, 72],
    [120, 120],
    [200, 120],
    [10, 32],
  ])('on a terminal of %i columns takes %i, from the first strike to the last', (columns, width) => {
    const lines = linesOf(smilePlot(smile, columns));
    expect(longest(lines)).toBe(width);
    expect(lines).toHaveLength(14);
    expect(lines.at(-1)).toMatch(/^ +90 +110$/);
    // The highest volatility is the first quote at the upper left, the lowest ends the curve at the lower right.
    expect(lines[0]).toMatch(/^ 40\.0% \|o/);
    expect(lines.at(-3)).toMatch(/^ 20\.0% \|.*o$/);
    expect(lines.at(-3)).toHaveLength(width);
  });

  it('has a mark in every column of its axis, so that no width tears the curve', () => {
    for (const columns of [40, 90, 120]) {
      const rows = linesOf(smilePlot(smile, columns)).slice(0, 12);
      for (let x = 8; x < columns; x += 1) expect(rows.some((row) => /[o·]/.test(row[x] ?? ''))).toBe(true);
    }
  });
});

describe('smiles as SVG', () => {
  it('of forty expiries stay in the picture, each with a stroke and a legend of its own', () => {
    const many = Array.from({ length: 40 }, (_, i) => ({ ...smile, name: addDays(marketDate('2026-03-20'), i) }));
    const svg = smileSvg('A&B <1>', many);
    expect(svg).toContain('A&amp;B &lt;1>');
    const strokes = [...svg.matchAll(/<path [^>]*stroke="(#\w+)"[^/]*\/>/g)].map(
      ([path, color = '']) => `${color} ${/stroke-dasharray="[\d. ]+"/.exec(path)?.[0] ?? ''}`,
    );
    expect(new Set(strokes).size).toBe(40);
    const heights = [...svg.matchAll(/<text x="832" y="([\d.]+)"/g)].map(([, y]) => Number(y));
    expect(heights).toHaveLength(40);
    expect(Math.max(...heights)).toBeLessThan(540);
  });

  it('tells strikes of a cheap stock apart', () => {
    const cheap = { ...smile, curve: [], quotes: [1, 1.5, 2].map((strike) => ({ strike, volatility: 0.5 })) };
    const ticks = [...smileSvg('', [cheap]).matchAll(/text-anchor="middle">([\d.]+)</g)].map(([, tick]) => tick);
    expect(ticks).toEqual(['1', '1.2', '1.4', '1.6', '1.8', '2']);
  });
});

describe('the strikes of an expiry', () => {
  const date = marketDate('2026-03-03');
  const at = nyInstant(date, '16:00');
  const expiry = marketDate('2026-03-20');
  const quotes = [95, 100, 105].flatMap((strike) =>
    (['call', 'put'] as const).map((right): ChainQuote => {
      const terms = { spot: 100, strike, years: 17 / 365, rate: 0, yield: 0, volatility: 0.3, right };
      const mid = Math.round(100 * optionPrice(terms)) / 100;
      const contract = optionContract(formatOptionSymbol({ root: 'XYZ', expiry, right, strike }));
      return { contract, bid: mid - 0.01, ask: mid + 0.01 };
    }),
  );
  const pricer = new UnderlyingPricer({ rates: Rates.given(0), dividends: null });
  const [series] = chainSnapshot(chainDay('XYZ', { date, at, spot: 100 }, quotes), 'XYZ', at, pricer).expiries;

  it.each([
    [undefined, 104, ['bid', 'ask', 'IV', 'delta', 'theta', 'vega']],
    [104, 104, ['bid', 'ask', 'IV', 'delta', 'theta', 'vega']],
    [103, 88, ['bid', 'ask', 'IV', 'delta', 'theta']],
    [80, 72, ['bid', 'ask', 'IV', 'delta']],
    [60, 56, ['bid', 'ask', 'IV']],
    [20, 56, ['bid', 'ask', 'IV']],
  ])('in %s columns take %i: what goes is the last of %j', (columns, width, names) => {
    if (series === undefined) throw new Error('The chain has no expiry');
    const [, , head = '', ...lines] = linesOf(strikeTable(series, 0, columns));
    expect(head.trim().split(/ +/)).toEqual([...names, 'strike', ...names]);
    expect(lines).toHaveLength(3);
    for (const line of [head, ...lines]) expect(line).toHaveLength(width);
    expect(lines[1]).toMatch(/ 30\.\d .* 100\.00 /);
  });
});
