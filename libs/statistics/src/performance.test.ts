import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  annualReturn,
  calmarRatio,
  downsideDeviation,
  maxDrawdown,
  maxDrawdownOfReturns,
  sharpeRatio,
  sortinoRatio,
  standardDeviation,
  totalReturn,
} from './index.ts';

interface Case {
  readonly metric: string;
  readonly returns: string;
  readonly params: Readonly<Record<string, number | string>>;
  readonly expected: number | string;
  readonly abs_tol: number;
}
interface Cases {
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
  readonly cases: readonly Case[];
}

type Metric = (returns: readonly number[], periods: number, params: Case['params']) => number;
const number = (value: number | string | undefined): number => (typeof value === 'number' ? value : 0);
const METRICS: Readonly<Record<string, Metric>> = {
  max_drawdown: maxDrawdownOfReturns,
  cum_return_final: totalReturn,
  annual_return_cagr: annualReturn,
  annual_volatility: (returns, periods) => standardDeviation(returns) * Math.sqrt(periods),
  calmar: calmarRatio,
  sharpe: (returns, periods, params) => sharpeRatio(returns, periods, number(params['risk_free_per_period'])),
  downside_risk: (returns, periods, params) =>
    downsideDeviation(returns, periods, number(params['required_return_per_period'])),
  sortino: (returns, periods, params) => sortinoRatio(returns, periods, number(params['required_return_per_period'])),
};
/** The reference counts a missing first day as a period here. */
const COUNTS_MISSING = new Set(['annual_return_cagr', 'calmar']);

const file = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/metrics/empyrical_cases.json`;
describe.skipIf(!existsSync(file))(`empyrical's values in ${file}`, () => {
  const { series, cases }: Cases = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Cases)
    : { series: {}, cases: [] };
  // Series as parameters (a benchmark as risk-free rate) are not offered here; infinite ratios are NaN, tested below.
  const numeric = cases.filter(
    ({ metric, params, expected }) =>
      metric in METRICS && expected !== '+Infinity' && typeof params['risk_free_per_period'] !== 'string',
  );
  test('most cases apply', () => {
    expect(numeric.length).toBeGreaterThan(22);
  });
  test.each(numeric)('$metric of $returns $params', ({ metric, returns, params, expected, abs_tol }) => {
    const all = series[returns] ?? [];
    const known = all.filter((value) => value !== null);
    const values = COUNTS_MISSING.has(metric) ? all.map((value) => value ?? 0) : known;
    const actual = METRICS[metric]?.(values, number(params['periods_per_year']), params) ?? Number.POSITIVE_INFINITY;
    const error = expected === 'NaN' ? Number(!Number.isNaN(actual)) : Math.abs(actual - Number(expected));
    expect(error).toBeLessThanOrEqual(abs_tol);
  });
});

test('a ratio whose denominator is zero is NaN, not infinite', () => {
  expect(sharpeRatio([0.01, 0.01, 0.01], 252)).toBeNaN();
  expect(sortinoRatio([0.01, 0.02], 252)).toBeNaN();
  expect(calmarRatio([0.01, 0.02], 252)).toBeNaN();
});

test('a drawdown is measured from the highest point before', () => {
  expect(maxDrawdown([100, 120, 90, 130, 104])).toBeCloseTo(-0.25, 12);
  expect(maxDrawdown([100, 101])).toBe(0);
  expect(maxDrawdown([])).toBeNaN();
});

test('drawdown lies between the total loss and zero and does not depend on the scale', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1 }), (equity) => {
      const fall = maxDrawdown(equity);
      expect(fall).toBeLessThanOrEqual(0);
      expect(fall).toBeGreaterThan(-1);
      expect(maxDrawdown(equity.map((value) => value * 8))).toBe(fall);
    }),
  );
});
