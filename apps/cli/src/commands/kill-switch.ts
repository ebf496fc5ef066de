import { userInfo } from 'node:os';
import { Command } from 'commander';
import { formatRfc3339, isTradingError, systemClock } from '@trading-agent/core';
import { ALL_ACCOUNTS, type SwitchSetting, writeStopFile } from '@trading-agent/store';
import { dim, terminal } from '../terminal.ts';
import { commandSettings, withStore } from '../with-store.ts';

interface SwitchFlags {
  readonly account?: string;
  readonly reason?: string;
  readonly config?: string;
  readonly json: boolean;
}

const EXAMPLES = `
Examples:
  agent halt --reason "earnings tonight"     no new risk; what is held stays protected by its exits
  agent flatten --account PA3SIM0001         no new risk, and out of everything that is held
  agent resume                               lifts it for all accounts, and removes stop files
  agent switch --json                        what stands now

Without the database: a file named HALT or FLATTEN in the data folder does the same, until it is deleted.
It outlasts restarts. Over HTTP: POST /control/halt, see docs/operations.md.

Exit codes: 0 done, 1 failed, 2 wrong input.`;

/** `agent halt`, `agent flatten`, `agent resume`, `agent switch`. */
export function killSwitchCommands(): readonly Command[] {
  const command = (name: string, description: string): Command =>
    new Command(name)
      .description(description)
      .option('--config <dir>', 'folder of the YAML files (default: ./config)')
      .option('--json', 'print one JSON object', false)
      .addHelpText('after', EXAMPLES);
  const setting = (name: string, state: 'halt' | 'flatten' | 'run', description: string): Command =>
    command(name, description)
      .option('--account <number>', 'one account (default: all)')
      .option('--reason <text>', 'why: told with every refusal and kept in the audit log')
      .action((flags: SwitchFlags) => set(state, flags));
  return [
    setting('halt', 'halt', 'Stop taking new risk, now and after every restart, until it is resumed.'),
    setting('flatten', 'flatten', 'Stop taking new risk and close everything that is held.'),
    setting('resume', 'run', 'Lift halt and flatten, and doubts that halted trading.'),
    command('switch', 'Show what the kill switch says.').action((flags: SwitchFlags) =>
      withStore(commandSettings(flags), async (store) => print(await store.killSwitch.list(), flags.json)),
    ),
  ];
}

async function set(state: 'halt' | 'flatten' | 'run', flags: SwitchFlags): Promise<void> {
  const settings = commandSettings(flags);
  const by = userInfo().username;
  const reason = flags.reason ?? `agent ${state === 'run' ? 'resume' : state}`;
  const order = { at: systemClock.now(), scope: flags.account ?? ALL_ACCOUNTS, state, by, reason };
  try {
    await withStore(settings, async (store) => {
      await store.killSwitch.set(order);
      print(await store.killSwitch.list(), flags.json);
    });
  } catch (error) {
    const isAway = isTradingError(error, 'STORE_UNAVAILABLE') || isTradingError(error, 'STORE_START_FAILED');
    if (!isAway || state === 'run') throw error;
    // Stopping must not depend on the database. The file stops every account of the data folder: more than was asked, never less.
    const path = writeStopFile(settings.store.dataDir, state, `${by}: ${reason}`);
    terminal.error(`The database can't be reached (${error.message}).\n`);
    const text = `Stopped by a file instead: ${path}. It holds for all accounts of this data folder until it is deleted.\n`;
    terminal.out(flags.json ? `${JSON.stringify({ file: path, state })}\n` : text);
  }
}

function print(standing: readonly SwitchSetting[], isJson: boolean): void {
  if (isJson) return terminal.out(`${JSON.stringify({ standing })}\n`);
  if (standing.length === 0) return terminal.out('Nothing stops trading.\n');
  for (const { scope, state, by, reason, changedAt } of standing) {
    const since = changedAt === null ? '' : dim(` since ${formatRfc3339(changedAt)}`);
    terminal.out(`${state}  ${scope === ALL_ACCOUNTS ? 'all accounts' : scope}  ${by}: ${reason}${since}\n`);
  }
}
