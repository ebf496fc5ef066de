import { type ExerciseStyle, figuresAtPrice } from './figures.ts';

/** Mid-prices of one strike, dollars per share; `null` where a side is not quoted. */
export interface StrikePair {
  readonly strike: number;
  readonly call: number | null;
  readonly put: number | null;
}

export interface ImpliedYieldInput {
  readonly spot: number;
  readonly years: number;
  readonly rate: number;
  readonly style: ExerciseStyle;
  readonly pairs: readonly StrikePair[];
}

const PAIRS = 6;
const MOST_STEPS = 20;
const LARGEST = 1;

/**
 * The continuous yield (dividends, borrow fee) at which calls and puts near the money imply the same volatility: put-call parity for
 * European options, and what it becomes when both are American and parity is an inequality. The median over the strikes nearest to the
 * spot counts. Undefined when no strike has both prices or no yield within ±100 % does it.
 */
export function impliedYield(input: ImpliedYieldInput): number | undefined {
  const { spot, years, rate, style } = input;
  const near = input.pairs
    .filter(({ call, put }) => call !== null && put !== null && call > 0 && put > 0)
    .toSorted((one, other) => Math.abs(one.strike - spot) - Math.abs(other.strike - spot))
    .slice(0, PAIRS);
  if (near.length === 0 || !(years > 0)) return undefined;
  const gapAt = (dividendYield: number): number | undefined => {
    const terms = near.flatMap(({ strike }) =>
      (['call', 'put'] as const).map((right) => ({ spot, strike, years, rate, yield: dividendYield, right, style })),
    );
    const figures = figuresAtPrice(
      terms,
      near.flatMap(({ call, put }) => [call, put]),
    );
    const gaps = near.flatMap((_, i) => {
      const call = figures[2 * i]?.volatility ?? null;
      const put = figures[2 * i + 1]?.volatility ?? null;
      return call === null || put === null ? [] : [call - put];
    });
    return median(gaps);
  };
  // A higher yield makes calls cheaper, so that their volatilities rise against those of puts. Parity is the start.
  let first = clamp(parityYield(near, input) ?? 0);
  let firstGap = gapAt(first);
  if (firstGap === undefined) return undefined;
  let second = clamp(first + (firstGap > 0 ? -1 : 1) * Math.min(0.05, 0.002 / years));
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const gap = gapAt(second);
    if (gap === undefined || Math.abs(gap) < 1e-9 || gap === firstGap) return second;
    const next = clamp(second - (gap * (second - first)) / (gap - firstGap));
    first = second;
    firstGap = gap;
    second = next;
    if (Math.abs(second - first) < 1e-10) break;
  }
  return Math.abs(second) < LARGEST ? second : undefined;
}

function parityYield(near: readonly StrikePair[], { spot, years, rate }: ImpliedYieldInput): number | undefined {
  const discount = Math.exp(-rate * years);
  return median(
    near.flatMap(({ strike, call, put }) => {
      const present = (call ?? 0) - (put ?? 0) + strike * discount;
      return present > 0 ? [-Math.log(present / spot) / years] : [];
    }),
  );
}

function clamp(value: number): number {
  return Math.min(LARGEST, Math.max(-LARGEST, value));
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted[middle - 1];
  return sorted.length % 2 === 1 || upper === undefined || lower === undefined ? upper : 0.5 * (lower + upper);
}
