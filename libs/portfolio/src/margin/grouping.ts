import type { IntegerProgramme, Row } from './integer-programme.ts';
import { solveInteger } from './integer-programme.ts';
import type { Requirement } from './formulas.ts';
import type { MarginTerms } from './terms.ts';
import { addedBy, endOf, type Series, type Use, usesOf } from './uses.ts';

/** How many contracts of one series stand in a spread. */
export interface SpreadMember {
  readonly series: number;
  /** Positive; the series says whether long or short. */
  readonly count: number;
}

/** All contracts of one underlying, each in exactly one place. */
export interface Grouping {
  readonly uses: readonly { readonly use: Use; readonly count: number }[];
  /** Spreads of limited risk; long and short balanced for calls and for puts. */
  readonly spreads: readonly (readonly SpreadMember[])[];
  /** Shorts that the terms allow in no way. */
  readonly uncovered: readonly SpreadMember[];
  readonly proven: boolean;
}

/**
 * Members of a spread: shorts that end at or before `end` with longs that end at or after it, so that no long is gone before a short. FINRA Rule
 * 4210(f)(2)(A) "spread" (Notice 12-44): same underlying, the long and the short aggregate value equal within calls and within puts, the short
 * options expire on or before the long ones.
 */
interface Pool {
  readonly end: string;
  readonly multiplier: number;
  readonly members: readonly number[];
}

/** Pivots of the simplex method that one grouping may cost: a bound on time that does not depend on a clock. */
const MAX_PIVOTS = 20_000;

/** The grouping of the contracts of one underlying whose requirement is the smallest that the rules allow. */
export function cheapestGrouping(
  all: readonly Series[],
  spot: number | null,
  shares: number,
  terms: MarginTerms,
  objective: keyof Requirement,
): Grouping {
  const uses = usesOf(all, spot, shares, terms);
  const pools = poolsOf(all, terms);
  const model = programmeOf(all, uses, pools, shares, (use) => addedBy(use, objective, spot, terms));
  const solution = solveInteger(model.programme, MAX_PIVOTS);
  // Without a solution nothing is claimed: every short counts as uncovered, which approves nothing.
  if (solution === null) return { uses: [], spreads: [], uncovered: shortsOf(all), proven: false };
  const count = (variable: number): number => solution.values[variable] ?? 0;
  return {
    uses: uses.map((use, index) => ({ use, count: count(index) })).filter((taken) => taken.count > 0),
    spreads: model.places
      .map((places) =>
        places.map(({ series, variable }) => ({ series, count: count(variable) })).filter((member) => member.count > 0),
      )
      .filter((members) => members.length > 0),
    uncovered: model.stranded
      .map(({ series, variable }) => ({ series, count: count(variable) }))
      .filter((member) => member.count > 0),
    proven: solution.proven,
  };
}

function shortsOf(all: readonly Series[]): SpreadMember[] {
  return [...all.entries()]
    .filter(([, { quantity }]) => quantity < 0)
    .map(([series, { quantity }]) => ({ series, count: -quantity }));
}

function poolsOf(all: readonly Series[], terms: MarginTerms): readonly Pool[] {
  const pools = new Map<string, Pool>();
  for (const { contract, quantity } of all) {
    const end = endOf(contract);
    const key = `${end} ${contract.multiplier}`;
    if (quantity > 0 || contract.adjusted || pools.has(key)) continue;
    const members = [...all.entries()]
      .filter(([, other]) => mayJoin(other, end, contract.multiplier, terms))
      .map(([index]) => index);
    pools.set(key, { end, multiplier: contract.multiplier, members });
  }
  return [...pools.values()];
}

function mayJoin({ contract, quantity }: Series, end: string, multiplier: number, terms: MarginTerms): boolean {
  if (contract.adjusted || contract.multiplier !== multiplier) return false;
  const own = endOf(contract);
  // Cboe margin manual, "Put Spread or Call Spread (cash account)": European, cash-settled, of one expiry.
  if (terms.account === 'cash') return own === end && contract.style === 'european' && contract.settlement === 'cash';
  return quantity < 0 ? own <= end : own >= end;
}

interface Place {
  readonly series: number;
  readonly variable: number;
}

interface Model {
  readonly programme: IntegerProgramme;
  /** Per pool, the variables that count its members. */
  readonly places: readonly (readonly Place[])[];
  /** Variables that count shorts without any cover. */
  readonly stranded: readonly Place[];
}

/** Variables: uses, then per pool its members and its requirement, then per short what stays without cover. Costs in dollars. */
function programmeOf(
  all: readonly Series[],
  uses: readonly Use[],
  pools: readonly Pool[],
  shares: number,
  added: (use: Use) => number,
): Model {
  const costs: number[] = uses.map((use) => added(use) / 1e6);
  const whole: boolean[] = uses.map(() => true);
  const variable = (cost: number, isWhole: boolean): number => {
    costs.push(cost);
    whole.push(isWhole);
    return costs.length - 1;
  };
  const rows: Row[] = [];
  const taken: [number, number][][] = all.map(() => []);
  for (const [index, { series }] of uses.entries()) for (const one of series) taken[one]?.push([index, 1]);

  const places = pools.map((pool) => {
    const members = pool.members.map((series) => ({ series, variable: variable(0, true) }));
    for (const { series, variable: member } of members) taken[series]?.push([member, 1]);
    rows.push(...poolRows(all, members, pool.multiplier, variable(1, false)));
    return members;
  });
  const bound = uses.flatMap(({ shares: used }, index) => (used === 0 ? [] : [[index, Math.abs(used)] as const]));
  if (bound.length > 0) rows.push({ terms: bound, right: Math.abs(shares) });

  const penalty = 1 + 2 * all.reduce((sum, { contract, quantity }) => sum + worth(contract) * Math.abs(quantity), 0);
  const stranded: Place[] = [];
  for (const [series, { quantity }] of all.entries()) {
    const terms = taken[series] ?? [];
    let start = uses.findIndex((use) => use.strategy === 'long-option' && use.series[0] === series);
    if (quantity < 0) {
      start = variable(penalty, true);
      stranded.push({ series, variable: start });
      terms.push([start, 1]);
    }
    rows.push({ terms, right: Math.abs(quantity), start });
  }
  return { programme: { costs, whole, rows }, places, stranded };
}

function worth({ strike, multiplier }: Series['contract']): number {
  return strike * multiplier;
}

/**
 * Calls balance calls and puts balance puts, and the requirement is at least the loss at every strike: balanced spreads are flat beyond the lowest
 * and the highest. FINRA Rule 4210(f)(2)(H)(i)b: the maximum potential loss, theoretical gains and losses at each exercise price.
 */
function poolRows(all: readonly Series[], members: readonly Place[], multiplier: number, requirement: number): Row[] {
  const rows: Row[] = [];
  const sold = (series: number): number => ((all[series]?.quantity ?? 0) < 0 ? 1 : -1);
  for (const right of ['call', 'put'] as const) {
    const balance = members
      .filter(({ series }) => all[series]?.contract.right === right)
      .map(({ series, variable }) => [variable, sold(series)] as const);
    if (balance.length === 0) continue;
    rows.push(
      { terms: balance, right: 0 },
      { terms: balance.map(([index, sign]) => [index, -sign] as const), right: 0 },
    );
  }
  for (const spot of new Set(members.map(({ series }) => all[series]?.contract.strike ?? 0))) {
    const terms: [number, number][] = [[requirement, -1]];
    for (const { series, variable } of members) {
      const owed = intrinsic(all[series], spot) * multiplier * sold(series);
      if (owed !== 0) terms.push([variable, owed]);
    }
    if (terms.length > 1) rows.push({ terms, right: 0 });
  }
  return rows;
}

function intrinsic(series: Series | undefined, spot: number): number {
  if (series === undefined) return 0;
  const beyond = spot - series.contract.strike;
  return Math.max(0, series.contract.right === 'call' ? beyond : -beyond);
}
