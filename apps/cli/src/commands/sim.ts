import { Command } from 'commander';
import { simGenerateCommand } from '../sim/generate.ts';

export function simCommand(): Command {
  return new Command('sim')
    .description('Made-up markets: years of them as flat files.')
    .addCommand(simGenerateCommand())
    .addHelpText(
      'after',
      `
Examples:
  agent sim generate --years 1 --symbols SPY,AAPL --seed 7 --to ./synthetic
  agent sim generate --help

Exit codes: 0 done, 1 failed or interrupted, 2 wrong input.`,
    );
}
