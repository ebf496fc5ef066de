import { Command } from 'commander';
import { backtest, type BacktestResult } from '@trading-agent/backtester';
import type { MarketSource } from '@trading-agent/backtester';
import { describeReport } from '../report-text.ts';
import { addRunFlags, planRun, type RunFlags } from '../run-flags.ts';
import { StatusLine, terminal } from '../terminal.ts';

/** How many quarantined rows are named one by one. */
const NAMED_ROWS = 5;

export function backtestCommand(): Command {
  return addRunFlags(
    new Command('backtest').description('Run one day through the same engine in process, without sockets.'),
    ['sim', 'replay'],
  )
    .addHelpText(
      'after',
      `
Examples:
  agent backtest --market replay --data ./flatfiles --date 2015-12-24 --symbols GOOG --balance 25000 --json
  agent backtest --symbols SPY,QQQ --seed 11

Exit codes: 0 done, 1 failed, 2 wrong input.`,
    )
    .action(runBacktest);
}

async function runBacktest(flags: RunFlags): Promise<void> {
  const plan = planRun(flags);
  const source: MarketSource =
    flags.market === 'replay' && flags.data !== undefined ? { kind: 'replay', dataDir: flags.data } : { kind: 'sim' };
  const status = new StatusLine();
  const { settings, date, symbols, balance } = plan;
  const result = await backtest({
    settings,
    source,
    date,
    symbols,
    balance,
    seed: flags.seed,
    onProgress: (fraction) => status.show(`${date} ${symbols.join(',')} ${Math.round(fraction * 100)}%`),
  });
  status.end();
  warnOfQuarantine(result);
  terminal.out(flags.json ? `${JSON.stringify(result.report)}\n` : describeReport(result.report));
}

function warnOfQuarantine({ quarantined, quarantinedTotal }: BacktestResult): void {
  if (quarantinedTotal === 0) return;
  for (const { file, line, reason } of quarantined.slice(0, NAMED_ROWS))
    terminal.error(`warning ${file}:${line}: ${reason}; the row is left out\n`);
  if (quarantinedTotal > NAMED_ROWS)
    terminal.error(`warning ${quarantinedTotal - NAMED_ROWS} more rows are left out\n`);
}
