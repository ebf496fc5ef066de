import { Command, InvalidArgumentError } from 'commander';
import { PLANNED, type Planned, planRequests, readBudgetUse } from '@trading-agent/market-data';
import { loadSettings } from '@trading-agent/config';
import { systemClock } from '@trading-agent/core';
import { tierBudget, vendorAccount } from '@trading-agent/live-agent';
import { terminal } from '../terminal.ts';
import { countFlag, tickersFlag } from './flags.ts';

interface PlanFlags {
  readonly symbols: readonly string[];
  readonly days: number;
  readonly what: readonly Planned[];
  readonly used?: number;
  readonly config?: string;
  readonly json: boolean;
}

export function planCommand(): Command {
  return new Command('plan')
    .description("Tell what a download by request would cost, and whether the day's budget is enough.")
    .requiredOption('--symbols <list>', 'underlyings, comma-separated', tickersFlag)
    .option('--days <n>', 'trading days', countFlag, 30)
    .option('--what <list>', `what to fetch: ${PLANNED.join(', ')}`, whatFlag, ['chain', 'aggs'] as const)
    .option(
      '--used <n>',
      'requests of today that are gone (default: as kept for POLYGON_API_KEY in DATA_DIR)',
      usedFlag,
    )
    .option('--config <dir>', 'folder of the YAML files (default: ./config)')
    .option('--json', 'print one JSON object on standard output', false)
    .addHelpText('after', EXAMPLES)
    .action(plan);
}

const EXAMPLES = `
Nothing is fetched. The budget is that of the account's tier (ACCOUNT_BALANCE); what is left of today is what every process that asks with
POLYGON_API_KEY has left of it.

Examples:
  agent data plan --symbols SPY --days 90 --what chain,aggs
  agent data plan --symbols SPY,QQQ --days 5 --what contracts,trades --json

Exit codes: 0 done, 1 failed, 2 wrong input.`;

function plan(flags: PlanFlags): void {
  const settings = loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(flags.config === undefined ? {} : { configDir: flags.config }),
  });
  const { tier, limits } = tierBudget({ settings });
  const { symbols, days, what } = flags;
  const key = settings.polygon.apiKey;
  const kept =
    key === undefined ? 0 : readBudgetUse(settings.store.dataDir, vendorAccount(key.reveal()), systemClock.now()).today;
  const usedToday = flags.used ?? kept;
  const found = planRequests({ symbols, days, what, budget: limits, usedToday });
  if (flags.json)
    return terminal.out(`${JSON.stringify({ symbols, days, tier, budget: limits, usedToday, ...found })}\n`);
  for (const item of found.items)
    terminal.out(`${item.what.padEnd(12)} ${String(item.calls).padStart(8)} calls  ${item.because}\n`);
  terminal.out(
    `total        ${String(found.calls).padStart(8)} calls, ${found.minutes} minutes at the pace of tier ${tier}\n` +
      `${found.fits ? "today's budget is enough" : `today's budget is not enough: ${found.budgetDays} days of it`} (${usedToday} calls used, ${found.leftToday} left for downloads)\n`,
  );
}

function whatFlag(text: string): readonly Planned[] {
  return text.split(',').map((part) => {
    const found = PLANNED.find((one) => one === part.trim());
    if (!found) throw new InvalidArgumentError(`Allowed: ${PLANNED.join(', ')}.`);
    return found;
  });
}

function usedFlag(text: string): number {
  return text.trim() === '0' ? 0 : countFlag(text);
}
