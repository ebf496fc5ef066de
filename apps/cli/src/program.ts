import { Command, CommanderError } from 'commander';
import { backtestCommand } from './commands/backtest.ts';
import { chainCommand } from './commands/chain.ts';
import { configCommand } from './commands/config.ts';
import { explainCommand } from './commands/explain.ts';
import { killSwitchCommands } from './commands/kill-switch.ts';
import { planCommand } from './commands/plan.ts';
import { priceCommand } from './commands/price.ts';
import { dataCommand } from './commands/data.ts';
import { simCommand } from './commands/sim.ts';
import { startCommand } from './commands/start.ts';
import { strategyCommand } from './commands/strategy.ts';
import { tiersCommand } from './commands/tiers.ts';
import { trainCommand } from './commands/train.ts';
import { printError, terminal } from './terminal.ts';

/**
 * Runs one command.
 * @returns the exit code: 0 done, 1 failed, 2 the input or the environment is at fault
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const program = new Command('agent')
    .description('An automated US options trading agent that fits itself to the account it trades.')
    .exitOverride()
    .configureOutput({ writeErr: (text) => terminal.error(text), writeOut: (text) => terminal.out(text) })
    .addHelpText(
      'after',
      `
Examples:
  agent start                  a small simulated market, no key needed
  agent plan --balance 5000    what such an account can trade today, and why not more
  agent chain SPY              its options with volatilities and greeks
  agent config show            every setting and where it comes from
  agent explain                why did it trade, or not?
  agent halt                   no new risk, now and after every restart
  agent backtest --help`,
    )
    .addCommand(startCommand())
    .addCommand(backtestCommand())
    .addCommand(trainCommand())
    .addCommand(tiersCommand())
    .addCommand(planCommand())
    .addCommand(strategyCommand())
    .addCommand(chainCommand())
    .addCommand(priceCommand())
    .addCommand(dataCommand())
    .addCommand(simCommand())
    .addCommand(explainCommand())
    .addCommand(configCommand());
  for (const command of killSwitchCommands()) program.addCommand(command);
  for (const command of program.commands) inheritSettings(command);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return printError(error, args.includes('--json'));
  }
}

function inheritSettings(command: Command): void {
  command
    .exitOverride()
    .configureOutput({ writeErr: (text) => terminal.error(text), writeOut: (text) => terminal.out(text) });
  for (const sub of command.commands) inheritSettings(sub);
}
