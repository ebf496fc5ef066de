import { Command } from 'commander';
import { AutoTrainingSystem, type TrainingSource } from '@trading-agent/trainer';
import { addAccountFlags, planRun } from '../run-flags.ts';
import { StatusLine, terminal } from '../terminal.ts';

interface TrainFlags {
  readonly data?: string;
  readonly symbols?: string;
  readonly balance?: number;
  readonly seed: number;
  readonly config?: string;
  readonly json: boolean;
}

export function trainCommand(): Command {
  return addAccountFlags(
    new Command('train')
      .description('Train the models now, compare them, and keep the best as champion.')
      .option(
        '--data <dir>',
        'lake, or folder of flat files to learn from (default: the synthetic market of the seed)',
      ),
  )
    .addHelpText(
      'after',
      `
The history ends with the latest session; its length is the tier's. nx serve trainer does the same every trading day at 16:30 New York.

Examples:
  agent train
  agent train --data ./flatfiles --symbols SPY --json

Exit codes: 0 done, 1 failed, 2 wrong input.`,
    )
    .action(runTrain);
}

async function runTrain({ data, ...flags }: TrainFlags): Promise<void> {
  const { settings, balance, symbols } = planRun({ ...flags, market: 'sim' });
  const source: TrainingSource =
    data === undefined ? { kind: 'sim', seed: flags.seed } : { kind: 'flat-files', dataDir: data };
  const system = new AutoTrainingSystem({ accountBalance: balance, settings, source, symbols });
  const stop = (): void => void system.stop();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const status = new StatusLine();
  status.show(`training on ${symbols.join(',')}`);
  try {
    const report = await system.forceTraining();
    status.end();
    if (flags.json) return terminal.out(`${JSON.stringify(report)}\n`);
    for (const { name, validation } of report.candidates) {
      terminal.out(
        `${name.padEnd(12)} log loss ${validation.logLoss.toFixed(4)}  accuracy ${validation.accuracy.toFixed(4)}  F1 ${validation.f1.toFixed(4)}\n`,
      );
    }
    terminal.out(`champion     ${report.champion}, of ${report.rows} rows\n`);
  } finally {
    await system.stop();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
