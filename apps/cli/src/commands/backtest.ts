import { Command } from 'commander';
import { marketDate } from '@trading-agent/core';
import { backtest } from '@trading-agent/backtester';
import type { MarketSource } from '@trading-agent/backtester';
import { describeQuarantine } from '@trading-agent/market-data';
import { tellReport } from '../report-text.ts';
import { addRunFlags, planRun, type RunFlags } from '../run-flags.ts';
import { StatusLine, terminal } from '../terminal.ts';

export function backtestCommand(): Command {
  return addRunFlags(
    new Command('backtest').description(
      'Run one session, or several in a row, through the same engine in process, without sockets.',
    ),
    ['sim', 'replay'],
  )
    .option('--to <day>', 'last session of several, from --date on: what is held goes on to the next (YYYY-MM-DD)')
    .option('--speed <x>', 'taken for the sake of agent start; a backtest always runs as fast as it can')
    .option('--exit-at-close', 'taken for the sake of agent start; a backtest always ends at the close', false)
    .addHelpText(
      'after',
      `
Examples:
  agent backtest --market replay --data ./flatfiles --date 2015-12-24 --symbols GOOG --balance 25000 --json
  agent backtest --symbols SPY,QQQ --seed 11
  agent backtest --symbols SPY --date 2026-03-02 --to 2026-03-13 --json

What the data lacks (15 minutes of the session without option quotes or bars, gaps noted by agent data record) is told as "holes".

Exit codes: 0 done, 1 failed, 2 wrong input.`,
    )
    .action(runBacktest);
}

interface BacktestFlags extends RunFlags {
  readonly to?: string;
}

async function runBacktest(flags: BacktestFlags): Promise<void> {
  const plan = planRun(flags);
  const source: MarketSource =
    flags.market === 'replay' && flags.data !== undefined
      ? { kind: 'replay', dataDir: flags.data }
      : { kind: 'sim', market: flags.simKind ?? 'synthetic' };
  const status = new StatusLine();
  const { settings, date, symbols, balance } = plan;
  const to = flags.to === undefined ? undefined : marketDate(flags.to);
  const result = await backtest({
    settings,
    source,
    date,
    ...(to === undefined ? {} : { to }),
    symbols,
    balance,
    seed: flags.seed,
    onProgress: (fraction) =>
      status.show(
        `${to === undefined ? date : `${date} to ${to}`} ${symbols.join(',')} ${Math.round(fraction * 100)}%`,
      ),
  });
  status.end();
  for (const line of describeQuarantine(result)) terminal.error(`warning ${line}\n`);
  tellReport(result.report, result.holes, flags.json);
}
