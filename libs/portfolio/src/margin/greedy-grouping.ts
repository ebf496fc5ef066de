import type { Grouping, SpreadMember } from './grouping-types.ts';
import type { MarginTerms } from './terms.ts';
import { endOf, type Series, type Use } from './uses.ts';

/**
 * A valid grouping without a search: every short goes into the spreads that end with it, covered by what ends then or next; what is left over is
 * covered by stock, secured by cash or uncovered, as far as the terms allow. Often the cheapest, never too cheap.
 */
export function greedyGrouping(
  all: readonly Series[],
  uses: readonly Use[],
  shares: number,
  terms: MarginTerms,
): Grouping {
  const left = all.map(({ quantity }) => Math.abs(quantity));
  const spreads = new Map<string, Map<number, number>>();
  const place = (pool: string, series: number, count: number): void => {
    const members = spreads.get(pool) ?? new Map<number, number>();
    members.set(series, (members.get(series) ?? 0) + count);
    spreads.set(pool, members);
    left[series] = (left[series] ?? 0) - count;
  };
  if (terms.account === 'margin') {
    for (const right of ['call', 'put'] as const) {
      const side = (sign: 1 | -1): number[] =>
        [...all.keys()].filter((index) => {
          const series = all[index];
          return series?.contract.right === right && !series.contract.adjusted && Math.sign(series.quantity) === sign;
        });
      // The last to end have the fewest that can cover them: they choose first.
      const shorts = side(-1).sort((a, b) => byEnd(all, b, a) || byCover(all, b, a));
      const longs = side(1).sort((a, b) => byEnd(all, a, b) || byCover(all, a, b));
      for (const short of shorts) {
        const own = all[short]?.contract;
        if (own === undefined) continue;
        for (const long of longs) {
          const other = all[long]?.contract;
          const count = Math.min(left[short] ?? 0, left[long] ?? 0);
          if (count <= 0 || other === undefined || other.multiplier !== own.multiplier || endOf(other) < endOf(own))
            continue;
          const pool = `${endOf(own)} ${own.multiplier}`;
          place(pool, short, count);
          place(pool, long, count);
        }
      }
    }
  }
  return {
    ...restOf(all, uses, left, shares),
    spreads: [...spreads.values()].map((members) =>
      [...members].map(([series, count]): SpreadMember => ({ series, count })).sort((a, b) => a.series - b.series),
    ),
    proven: false,
  };
}

function byEnd(all: readonly Series[], a: number, b: number): number {
  const [first, second] = [all[a], all[b]].map((series) => (series === undefined ? '' : endOf(series.contract)));
  return (first ?? '') < (second ?? '') ? -1 : (first ?? '') > (second ?? '') ? 1 : 0;
}

/** Calls cover better the lower their strike, puts the higher. */
function byCover(all: readonly Series[], a: number, b: number): number {
  const [first, second] = [all[a]?.contract, all[b]?.contract];
  if (first === undefined || second === undefined) return 0;
  return first.right === 'call' ? first.strike - second.strike : second.strike - first.strike;
}

/** What no spread took: alone, or covered by stock, whatever asks least for one contract. */
function restOf(
  all: readonly Series[],
  uses: readonly Use[],
  left: number[],
  shares: number,
): Pick<Grouping, 'uses' | 'uncovered'> {
  const taken: { use: Use; count: number }[] = [];
  const uncovered: SpreadMember[] = [];
  let free = Math.abs(shares);
  for (const [index, count] of left.entries()) {
    if (count === 0) continue;
    const isShort = (all[index]?.quantity ?? 0) < 0;
    const own = uses.filter(({ series }) => series.length === 1 && series[0] === index);
    const covering = isShort ? own.find((use) => use.shares !== 0) : undefined;
    const covered = covering === undefined ? 0 : Math.min(count, Math.floor(free / Math.abs(covering.shares)));
    if (covering !== undefined && covered > 0) {
      taken.push({ use: covering, count: covered });
      free -= covered * Math.abs(covering.shares);
    }
    if (covered === count) continue;
    const [alone] = own.filter((use) => use.shares === 0).sort((a, b) => a.requirement.initial - b.requirement.initial);
    if (alone !== undefined) taken.push({ use: alone, count: count - covered });
    else uncovered.push({ series: index, count: count - covered });
  }
  return { uses: taken, uncovered };
}
