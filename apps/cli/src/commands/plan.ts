import { join } from 'node:path';
import { recordedKnowledge, syntheticKnowledge } from '@trading-agent/backtest';
import { nyInstant, nyTime, requireSession } from '@trading-agent/calendar';
import { type MarketDate, type Micros, micros, MICROS_PER_MINUTE } from '@trading-agent/core';
import { describeQuarantine, loadRecordedDay, type MarketDay } from '@trading-agent/market-data';
import { chainViews, loadStrategyFunctions, OLDEST_LOOK_MINUTES, volumesNearTheMoney } from '@trading-agent/strategies';
import { generateMarketDay } from '@trading-agent/synthetic';
import { Command } from 'commander';
import { outFlushed } from '../chain/flushed-output.ts';
import { accountPlan } from '../plan/account-plan.ts';
import { planText } from '../plan/plan-text.ts';
import { addAccountFlags, planRun, type RunFlags } from '../run-flags.ts';
import { terminal } from '../terminal.ts';
import { usage } from '../usage.ts';

interface PlanFlags extends Omit<RunFlags, 'market'> {
  readonly market?: 'sim' | 'replay';
  readonly at?: string;
}

/** Where the user's own strategies lie, below the working folder. */
const OWN_STRATEGIES = 'strategies';
/** When nothing else is said, an hour after the opening: by then a day has quotes. */
const MINUTES_AFTER_OPEN = 60;

export function planCommand(): Command {
  return addAccountFlags(
    new Command('plan')
      .description('What an account of this size can trade today, what it cannot, and from which balance on it could.')
      .option(
        '--market <kind>',
        'sim, or replay with --data and --date (default: replay with --data, else sim)',
        marketFlag,
      )
      .option('--data <dir>', 'lake, or folder of flat files (us_options_opra/..., us_stocks_sip/...)')
      .option('--date <day>', 'market day as YYYY-MM-DD (default for sim: the latest session)')
      .option('--at <HH:MM>', 'New York time up to which quotes are known (default: an hour after the opening)'),
  )
    .addHelpText(
      'after',
      `
One unit of every strategy on every symbol of the account's tier (or of --symbols): what it pays or gets, binds, can lose and costs in
fees, and each rule that stands against it with its number, its limit and the smallest balance from which it passes. Expectations are
those of the market's own prices after costs, without any view; what fits and would still not be opened for its costs is marked.
Nothing is ordered.

Examples:
  agent plan --balance 500
  agent plan --balance 25000 --market sim --seed 11 --json
  agent plan --balance 25000 --data ./flatfiles --date 2015-12-24 --symbols GOOG

Exit codes: 0 done, 1 failed, 2 wrong input.`,
    )
    .action(runPlan);
}

async function runPlan(flags: PlanFlags): Promise<void> {
  const market = flags.market ?? (flags.data === undefined ? 'sim' : 'replay');
  const { settings, date, symbols, balance } = planRun({ ...flags, market });
  const at = moment(date, flags.at);
  const day = await load({ ...flags, market }, date, symbols, at);
  const strategies = { ...settings.strategies, ...settings.ownStrategies };
  const known =
    market === 'sim' || flags.data === undefined
      ? syntheticKnowledge({ seed: flags.seed, kind: 'synthetic' }, strategies)
      : recordedKnowledge(flags.data, strategies);
  const knowledge = await known(symbols, date);
  const chains = chainViews(day, at, knowledge);
  const functions = await loadStrategyFunctions(join(process.cwd(), OWN_STRATEGIES), settings.ownStrategies);
  const plan = accountPlan(settings, balance, symbols, chains, volumesNearTheMoney(day, chains), functions);
  const source = market === 'sim' ? `synthetic market ${flags.seed}` : 'recorded';
  const time = nyTime(at);
  await outFlushed(
    flags.json
      ? `${JSON.stringify({ date, time, market, ...plan })}\n`
      : planText(plan, `${date} ${time} New York, ${source}`),
  );
}

async function load(
  flags: PlanFlags,
  date: MarketDate,
  underlyings: readonly string[],
  at: Micros,
): Promise<MarketDay> {
  if (flags.market === 'replay' && flags.data !== undefined) {
    const day = await loadRecordedDay({ dataDir: flags.data, date, underlyings });
    for (const line of describeQuarantine(day)) terminal.error(`warning ${line}\n`);
    return day;
  }
  const minutes = Math.max(1, Math.floor((at - requireSession(date).open) / MICROS_PER_MINUTE));
  // What was quoted last a minute before the oldest quote that counts need not be made: it would be left out.
  const firstMinute = Math.max(0, minutes - OLDEST_LOOK_MINUTES - 2);
  return generateMarketDay({ date, underlyings, seed: flags.seed, minutes, firstMinute });
}

function moment(date: MarketDate, text: string | undefined): Micros {
  const { open } = requireSession(date);
  if (text === undefined) return micros(open + MINUTES_AFTER_OPEN * MICROS_PER_MINUTE);
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(text))
    throw usage(`--at must be HH:MM, was "${text}"`, 'For instance --at 10:30.');
  const at = nyInstant(date, text);
  if (at <= open) throw usage(`--at ${text} is not after the opening`, 'New York time; the session opens at 09:30.');
  return at;
}

function marketFlag(text: string): 'sim' | 'replay' {
  if (text === 'sim' || text === 'replay') return text;
  throw usage(`--market must be sim or replay, was "${text}"`, 'A plan asks no vendor.');
}
