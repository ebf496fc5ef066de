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

/** Names and values. */
export function bannerRows({
  plan,
  tier,
  account,
  market,
  dashboard,
}: BannerFacts): readonly (readonly [string, string])[] {
  const balance = plan.balance.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
  return [
    ['Market', market],
    ['Session', plan.date],
    ['Account', `${account}  ${balance}, tier ${tier}`],
    ['Underlyings', plan.symbols.join(', ')],
    ['Dashboard', dashboard ?? 'off'],
    ...overruled(plan.settings).map((note) => ['Note', note] as const),
  ];
}

/** What is about to run, on standard error. */
export function printBanner(facts: BannerFacts): void {
  terminal.error(`\n${bold('trading-agent')}  ${dim('Ctrl-C stops it and leaves everything whole')}\n`);
  for (const [name, value] of bannerRows(facts)) terminal.error(`  ${dim(name.padEnd(12))}${value}\n`);
  terminal.error('\n');
}
