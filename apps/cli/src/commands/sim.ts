import { Command } from 'commander';
import { simGenerateCommand } from '../sim/generate.ts';
import { simServeCommand } from '../sim/serve.ts';

export function simCommand(): Command {
  return new Command('sim')
    .description('Made-up markets: years of them as flat files, or a day of one to connect to.')
    .addCommand(simGenerateCommand())
    .addCommand(simServeCommand())
    .addHelpText(
      'after',
      `
Examples:
  agent sim generate --years 1 --symbols SPY,AAPL --seed 7 --to ./synthetic
  agent sim generate --help
  agent sim serve --symbols SPY --speed max --port 0
  agent sim serve --help

Exit codes: 0 done, 1 failed or interrupted, 2 wrong input.`,
    );
}
