import { Command, CommanderError } from 'commander';
import { printError, terminal } from './terminal.ts';

interface CommandFile {
  readonly names: readonly string[];
  readonly load: () => Promise<readonly Command[]>;
}

/** In the order of the help. A command's file brings the libraries of its own: only what is asked for is read. */
export const COMMANDS: readonly CommandFile[] = [
  { names: ['start'], load: async () => [(await import('./commands/start.ts')).startCommand()] },
  { names: ['backtest'], load: async () => [(await import('./commands/backtest.ts')).backtestCommand()] },
  { names: ['train'], load: async () => [(await import('./commands/train.ts')).trainCommand()] },
  { names: ['tiers'], load: async () => [(await import('./commands/tiers.ts')).tiersCommand()] },
  { names: ['plan'], load: async () => [(await import('./commands/plan.ts')).planCommand()] },
  { names: ['strategy'], load: async () => [(await import('./commands/strategy.ts')).strategyCommand()] },
  { names: ['chain'], load: async () => [(await import('./commands/chain.ts')).chainCommand()] },
  { names: ['price'], load: async () => [(await import('./commands/price.ts')).priceCommand()] },
  { names: ['data'], load: async () => [(await import('./commands/data.ts')).dataCommand()] },
  { names: ['sim'], load: async () => [(await import('./commands/sim.ts')).simCommand()] },
  { names: ['explain'], load: async () => [(await import('./commands/explain.ts')).explainCommand()] },
  { names: ['config'], load: async () => [(await import('./commands/config.ts')).configCommand()] },
  {
    names: ['halt', 'flatten', 'resume', 'switch'],
    load: async () => (await import('./commands/kill-switch.ts')).killSwitchCommands(),
  },
];

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
    );
  const [name = ''] = args;
  const asked = COMMANDS.filter(({ names }) => names.includes(name));
  for (const { load } of asked.length > 0 ? asked : COMMANDS)
    for (const command of await load()) program.addCommand(command);
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
