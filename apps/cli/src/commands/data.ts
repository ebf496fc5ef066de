import { Command } from 'commander';
import { coverageCommand } from '../data/coverage.ts';
import { fetchCommand } from '../data/fetch.ts';
import { planCommand } from '../data/plan.ts';
import { recordCommand } from '../data/record.ts';
import { downloadCommand, ingestCommand } from '../data/transfer.ts';
import { showCommand } from '../data/show.ts';
import { verifyCommand } from '../data/verify.ts';

export function dataCommand(): Command {
  return new Command('data')
    .description('Plan, fetch, ingest, record and check market data.')
    .addCommand(planCommand())
    .addCommand(fetchCommand())
    .addCommand(downloadCommand())
    .addCommand(ingestCommand())
    .addCommand(coverageCommand())
    .addCommand(verifyCommand())
    .addCommand(showCommand())
    .addCommand(recordCommand())
    .addHelpText(
      'after',
      `
Examples:
  agent data plan --symbols SPY --days 90 --what chain,aggs
  agent data fetch --symbols SPY --days 90 --what chain,aggs --to ./lake
  agent data ingest --from ./flatfiles --to ./lake
  agent data coverage --data ./lake --json
  agent data show rsi SPY --data ./lake

Exit codes: 0 done, 1 failed, 2 wrong input.`,
    );
}
