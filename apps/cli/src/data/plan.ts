import { Command } from 'commander';
import {
  FETCHABLE,
  type Fetchable,
  fetchState,
  NOTHING_FETCHED,
  planRequests,
  readBudgetUse,
} from '@trading-agent/market-data';
import { loadSettings } from '@trading-agent/config';
import { type MarketDate, systemClock } from '@trading-agent/core';
import { tierBudget, vendorAccount } from '@trading-agent/live-agent';
import { terminal } from '../terminal.ts';
import { fetchWindow, underlyingsFlag, whatFlag } from './fetch-window.ts';
import { countFlag, dayFlag } from './flags.ts';

interface PlanFlags {
  readonly symbols: readonly string[];
  readonly days: number;
  readonly until?: MarketDate;
  readonly what: readonly Fetchable[];
  readonly to?: string;
  readonly contracts?: number;
  readonly used?: number;
  readonly config?: string;
  readonly json: boolean;
}

export function planCommand(): Command {
  return new Command('plan')
    .description("Tell what a download by request would cost, and whether the day's budget is enough.")
    .requiredOption('--symbols <list>', 'underlyings, comma-separated', underlyingsFlag)
    .option('--days <n>', 'trading days', countFlag, 30)
    .option('--until <day>', 'the last of them (default: the latest before today)', dayFlag)
    .option('--what <list>', `what to fetch: ${FETCHABLE.join(', ')}`, whatFlag, ['chain', 'aggs'] as const)
    .option('--to <dir>', 'lake that it would go to: what is there is not counted')
    .option('--contracts <n>', 'contracts an underlying has, where nobody knows yet (default: 10,000)', countFlag)
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
Nothing is fetched; agent data fetch does it. Calls for bars and corporate actions are certain, those for listings, chains and ticks are as
many as last time (--to) or assumed. The budget is that of the account's tier (ACCOUNT_BALANCE); what is left of today is what every process that asks with
POLYGON_API_KEY has left of it.

Examples:
  agent data plan --symbols SPY --days 90 --what chain,aggs
  agent data plan --symbols SPY --days 90 --what option-aggs --to ./lake
  agent data plan --symbols SPY,QQQ --days 5 --what contracts,trades --json

Exit codes: 0 done, 1 failed, 2 wrong input.`;

function plan(flags: PlanFlags): void {
  const settings = loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(flags.config === undefined ? {} : { configDir: flags.config }),
  });
  const { tier, limits } = tierBudget({ settings });
  const { symbols, days, what, to, contracts } = flags;
  const window = fetchWindow(systemClock.now(), days, flags.until);
  const key = settings.polygon.apiKey;
  const kept =
    key === undefined ? 0 : readBudgetUse(settings.store.dataDir, vendorAccount(key.reveal()), systemClock.now()).today;
  const usedToday = flags.used ?? kept;
  const found = planRequests({
    symbols,
    ...window,
    what,
    budget: limits,
    usedToday,
    state: to === undefined ? NOTHING_FETCHED : fetchState(to, window),
    ...(contracts !== undefined && { assume: { contractsPerUnderlying: contracts } }),
  });
  if (flags.json)
    return terminal.out(`${JSON.stringify({ symbols, days, tier, budget: limits, usedToday, ...found })}\n`);
  for (const item of found.items)
    terminal.out(`${item.what.padEnd(12)} ${String(item.calls).padStart(8)} calls  ${item.because}\n`);
  terminal.out(
    `total        ${String(found.calls).padStart(8)} calls (${found.calls - found.uncertain} of them certain), ${found.minutes} minutes at the pace of tier ${tier}\n` +
      `${found.fits ? "today's budget is enough" : `today's budget is not enough: ${found.budgetDays} days of it`} (${usedToday} calls used, ${found.leftToday} left for downloads)\n`,
  );
}

function usedFlag(text: string): number {
  return text.trim() === '0' ? 0 : countFlag(text);
}
