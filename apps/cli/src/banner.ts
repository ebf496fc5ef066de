import { overruled } from '@trading-agent/config';
import type { RunPlan } from './run-flags.ts';
import { bold, dim, terminal } from './terminal.ts';

export interface BannerFacts {
  readonly plan: RunPlan;
  readonly tier: string;
  readonly account: string;
  readonly market: string;
  readonly dashboard: string | null;
}

/** What is about to run, on standard error. */
export function printBanner({ plan, tier, account, market, dashboard }: BannerFacts): void {
  const rows: readonly (readonly [string, string])[] = [
    ['Market', market],
    ['Session', plan.date],
    [
      'Account',
      `${account}  ${plan.balance.toLocaleString('en-US', { style: 'currency', currency: 'USD' })}, tier ${tier}`,
    ],
    ['Underlyings', plan.symbols.join(', ')],
    ['Dashboard', dashboard ?? 'off'],
    ...overruled(plan.settings).map((note) => ['Note', note] as const),
  ];
  terminal.error(`\n${bold('trading-agent')}  ${dim('Ctrl-C stops it and leaves everything whole')}\n`);
  for (const [name, value] of rows) terminal.error(`  ${dim(name.padEnd(12))}${value}\n`);
  terminal.error('\n');
}
