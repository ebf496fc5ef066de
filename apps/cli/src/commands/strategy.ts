import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadSettings, type StrategySettings } from '@trading-agent/config';
import { TradingError } from '@trading-agent/core';
import { loadStrategyFunctions, scaffoldStrategy } from '@trading-agent/strategies';
import { Command } from 'commander';
import { bold, dim, terminal } from '../terminal.ts';
import { usage } from '../usage.ts';

const FOLDER = 'strategies';

export function strategyCommand(): Command {
  const command = new Command('strategy').description('The strategies: what they are, and how to add your own.');
  command
    .command('list')
    .description('All strategies: built-in ones, and your own in the folder strategies.')
    .option('--config <dir>', 'folder of the YAML files (default: ./config)')
    .option('--json', 'print one JSON object on standard output', false)
    .action(runList);
  command
    .command('new')
    .description('Write a strategy to begin with into the folder strategies, with its test.')
    .argument('<name>', 'in lower case, for instance broken-wing')
    .option('--json', 'print one JSON object on standard output', false)
    .action(runNew);
  return command.addHelpText(
    'after',
    `
A strategy is a YAML file in ./strategies (name, views, legs, exits) and, where that is not enough, a function in a TypeScript file of
the same name. It is traded like the built-in ones as soon as it is there: docs/strategies.md.

Examples:
  agent strategy list
  agent strategy new broken-wing && npx vitest run strategies/broken-wing

Exit codes: 0 done, 1 failed, 2 wrong input.`,
  );
}

async function runList(flags: { readonly config?: string; readonly json: boolean }): Promise<void> {
  const { strategies, ownStrategies } = loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(flags.config === undefined ? {} : { configDir: flags.config }),
  });
  const functions = await loadStrategyFunctions(join(process.cwd(), FOLDER), ownStrategies);
  const rows = [
    ...Object.entries<StrategySettings>(strategies).map(([name, settings]) => ({ name, own: false, settings })),
    ...Object.entries(ownStrategies).map(([name, settings]) => ({ name, own: true, settings })),
  ].map(({ name, own, settings }) => ({ name, own, function: functions.has(name), ...settings }));
  if (flags.json) return terminal.out(`${JSON.stringify({ strategies: rows })}\n`);
  for (const { name, own, about, enabled, legs, function: hasFunction } of rows) {
    const marks = [own ? 'own' : '', hasFunction ? 'with a function' : '', enabled ? '' : 'switched off'];
    const told = marks.filter((mark) => mark !== '').join(', ');
    terminal.out(`${bold(name.padEnd(18))} ${about}${told === '' ? '' : dim(` (${told})`)}\n`);
    terminal.out(dim(`${' '.repeat(19)}${legs.map(legText).join(', ')}\n`));
  }
}

function legText({ side, right, ratio, at, of, steps, expiry }: StrategySettings['legs'][number]): string {
  const where = at === 'delta' ? 'by delta' : at === 'same' ? `strike of leg ${of}` : `${steps} widths from leg ${of}`;
  return `${side} ${ratio} ${expiry === 'far' ? 'later ' : ''}${right} ${where}`;
}

function runNew(name: string, flags: { readonly json: boolean }): void {
  const folder = resolve(process.cwd(), FOLDER);
  const files = scaffoldStrategy(name);
  const there = files.find((file) => existsSync(join(folder, file.name)));
  if (there !== undefined)
    throw usage(`${FOLDER}/${there.name} is there already`, 'Take another name, or move the file away first.');
  try {
    mkdirSync(folder, { recursive: true });
    // 'wx': nothing that appeared meanwhile is overwritten.
    for (const file of files) writeFileSync(join(folder, file.name), file.text, { flag: 'wx' });
  } catch (cause) {
    throw new TradingError('USAGE', `The folder ${FOLDER} can't be written`, {
      hint: 'Run the command in a folder of your own.',
      cause,
    });
  }
  const written = files.map((file) => `${FOLDER}/${file.name}`);
  if (flags.json) return terminal.out(`${JSON.stringify({ name, written })}\n`);
  terminal.out(`wrote ${written.join(', ')}\ntest it: npx vitest run ${FOLDER}/${name}\n`);
}
