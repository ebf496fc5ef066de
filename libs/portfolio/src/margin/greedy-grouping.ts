import type { Series } from './book.ts';
import type { Grouping, SpreadMember } from './grouping-types.ts';
import type { MarginTerms } from './terms.ts';
import type { Use } from './uses.ts';

/** Spreads that end together, by series how many contracts stand in them. */
interface Spread {
  readonly end: number;
  readonly multiplier: number;
  readonly counts: Float64Array;
}

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
  const left = new Float64Array(all.length);
  for (let index = 0; index < all.length; index++) left[index] = Math.abs(all[index]?.quantity ?? 0);
  const spreads: Spread[] = [];
  if (terms.account === 'margin') for (const right of ['call', 'put'] as const) cover(all, right, left, spreads);
  return {
    ...restOf(all, uses, left, shares),
    spreads: spreads.map(({ counts }) => {
      const members: SpreadMember[] = [];
      for (let series = 0; series < counts.length; series++) {
        const count = counts[series] ?? 0;
        if (count > 0) members.push({ series, count });
      }
      return members;
    }),
    proven: false,
  };
}

function cover(all: readonly Series[], right: 'call' | 'put', left: Float64Array, spreads: Spread[]): void {
  const shorts: number[] = [];
  const longs: number[] = [];
  for (let index = 0; index < all.length; index++) {
    const series = all[index];
    if (series?.contract.right === right && !series.contract.adjusted)
      (series.quantity < 0 ? shorts : longs).push(index);
  }
  const byEnd = (a: number, b: number): number => (all[a]?.end ?? 0) - (all[b]?.end ?? 0);
  // Calls cover better the lower their strike, puts the higher.
  const better = right === 'call' ? 1 : -1;
  const byCover = (a: number, b: number): number => better * ((all[a]?.strike ?? 0) - (all[b]?.strike ?? 0));
  // The last to end have the fewest that can cover them: they choose first.
  shorts.sort((a, b) => byEnd(b, a) || byCover(b, a));
  longs.sort((a, b) => byEnd(a, b) || byCover(a, b));
  for (const short of shorts) {
    const own = all[short];
    if (own === undefined) continue;
    for (const long of longs) {
      const count = Math.min(left[short] ?? 0, left[long] ?? 0);
      const other = all[long];
      if (count <= 0 || other === undefined || other.end < own.end) continue;
      if (other.contract.multiplier !== own.contract.multiplier) continue;
      const { counts } = spreadOf(spreads, own, all.length);
      for (const series of [short, long]) {
        counts[series] = (counts[series] ?? 0) + count;
        left[series] = (left[series] ?? 0) - count;
      }
    }
  }
}

function spreadOf(spreads: Spread[], { end, contract: { multiplier } }: Series, size: number): Spread {
  for (const spread of spreads) if (spread.end === end && spread.multiplier === multiplier) return spread;
  const spread = { end, multiplier, counts: new Float64Array(size) };
  spreads.push(spread);
  return spread;
}

/** What no spread took: alone, or covered by stock, whatever asks least for one contract. */
function restOf(
  all: readonly Series[],
  uses: readonly Use[],
  left: Float64Array,
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
