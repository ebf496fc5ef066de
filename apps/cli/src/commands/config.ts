import { Command } from 'commander';
import { describeSettings, loadSettings, overruled } from '@trading-agent/config';
import { dim, terminal } from '../terminal.ts';

interface ConfigFlags {
  readonly config?: string;
  readonly json: boolean;
}

const load = (flags: ConfigFlags): ReturnType<typeof loadSettings> =>
  loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(flags.config === undefined ? {} : { configDir: flags.config }),
  });

export function configCommand(): Command {
  const withFlags = (command: Command): Command =>
    command
      .option('--config <dir>', 'folder of the YAML files (default: ./config)')
      .option('--json', 'print one JSON object', false);
  return new Command('config')
    .description('Show or check the configuration.')
    .addCommand(
      withFlags(
        new Command('show').description('Every setting in force, its value (secrets masked) and where it comes from.'),
      ).action((flags: ConfigFlags) => {
        const lines = describeSettings(load(flags));
        if (flags.json) return terminal.out(`${JSON.stringify(lines)}\n`);
        const width = Math.max(...lines.map(({ key }) => key.length));
        for (const { key, value, source } of lines)
          terminal.out(
            `${key.padEnd(width)}  ${value}  ${dim(source.where === undefined ? source.kind : `${source.kind} ${source.where}`)}\n`,
          );
      }),
    )
    .addCommand(
      withFlags(new Command('check').description('Read everything and report all that is wrong at once.')).action(
        (flags: ConfigFlags) => {
          const notes = overruled(load(flags));
          if (flags.json) return terminal.out(`${JSON.stringify({ ok: true, notes })}\n`);
          terminal.out('The configuration is valid.\n');
          for (const note of notes) terminal.out(`Note: ${note}\n`);
        },
      ),
    )
    .addHelpText(
      'after',
      `
Examples:
  agent config show
  RISK_TOLERANCE=low agent config check

Exit codes: 0 valid, 2 not.`,
    );
}
