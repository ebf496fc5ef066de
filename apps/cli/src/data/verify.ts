import { Command } from 'commander';
import { type MarketDate, TradingError } from '@trading-agent/core';
import {
  type VerifyReport,
  openArchive,
  readChainFolder,
  readCorporateActions,
  readSeriesFolder,
  verifyArchive,
} from '@trading-agent/market-data';
import { terminal } from '../terminal.ts';
import { dayFlag, interruptible } from './flags.ts';
import { Progress } from './progress.ts';

interface VerifyFlags {
  readonly data: string;
  readonly chains?: string;
  readonly series?: string;
  readonly actions?: string;
  readonly from?: MarketDate;
  readonly until?: MarketDate;
  readonly strict: boolean;
  readonly json: boolean;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Judge what the data says: rows, roll-ups, chains, splits, series.')
    .requiredOption('--data <dir>', 'lake, or folder of flat files')
    .option('--chains <dir>', 'also the end-of-day chains of this folder')
    .option('--series <dir>', 'also the daily series of this folder, a file per symbol')
    .option('--actions <dir>', 'folder with splits*.csv.gz, for what is checked on split days')
    .option('--from <day>', 'first day', dayFlag)
    .option('--until <day>', 'last day', dayFlag)
    .option('--strict', 'exit with 1 when a finding is an error', false)
    .option('--json', 'print one JSON object on standard output', false)
    .addHelpText('after', EXAMPLES)
    .action(runVerify);
}

const EXAMPLES = `
error: the rows contradict themselves. warning: two sources disagree, or something is missing. info: worth knowing.

Examples:
  agent data verify --data ./lake
  agent data verify --data ./flatfiles --actions ./reference/corporate_actions --series ./stocks_history/daily_by_symbol --json

Exit codes: 0 done (with --strict: and no errors), 1 failed or interrupted, 2 wrong input.`;

async function runVerify(flags: VerifyFlags): Promise<void> {
  const archive = openArchive(flags.data);
  const extras = {
    ...(flags.chains !== undefined && { chains: await readChainFolder(flags.chains) }),
    ...(flags.series !== undefined && { series: await readSeriesFolder(flags.series) }),
    ...(flags.actions !== undefined && { splits: (await readCorporateActions(flags.actions)).splits }),
  };
  const progress = new Progress('files');
  const report = await interruptible((signal) =>
    verifyArchive({
      archive,
      ...extras,
      signal,
      ...(flags.from && { from: flags.from }),
      ...(flags.until && { to: flags.until }),
      onProgress: (done, total, label) => progress.show(done, total, label),
    }).finally(() => progress.end()),
  );
  terminal.out(flags.json ? `${JSON.stringify({ data: flags.data, ...report })}\n` : describe(report));
  const errors = report.findings.filter(({ severity }) => severity === 'error').length;
  if (flags.strict && errors > 0) throw new TradingError('DATA_INCOMPLETE', `${errors} findings are errors`);
}

function describe(report: VerifyReport): string {
  const lines = [`${report.files} files, ${report.rows} rows`];
  for (const { check, checked, failed } of report.checks.filter((one) => one.checked > 0))
    lines.push(`  ${check.padEnd(20)} ${String(failed).padStart(8)} of ${checked}`);
  for (const { date, underlying, asset, equal, tickers } of report.rollUps)
    lines.push(`roll-up ${date} ${asset} ${underlying}: ${equal} of ${tickers}`);
  for (const { symbol, date, ratio, before, adjusted } of report.splits)
    lines.push(`split ${date} ${symbol} ${ratio}:1, ${adjusted} of ${before} contracts under their new strikes`);
  for (const { severity, check, source, date, underlying, count, examples } of report.findings)
    lines.push(`${severity.padEnd(7)} ${check} ${source} ${date ?? ''} ${underlying} ${count}: ${examples[0] ?? ''}`);
  return `${lines.join('\n')}\n`;
}
