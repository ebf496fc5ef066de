import { loadSettings } from '@trading-agent/config';
import { formatRfc3339, toTradingError } from '@trading-agent/core';
import { AutoTrainingSystem } from './auto-training-system.ts';
import { HELP, parseCommandLine } from './command-line.ts';

/* The trainer alone, as `nx serve trainer` and the container run it. Results go to standard output, everything else to standard error. */

/** A terminal's Ctrl-C reaches the process directly and once more through `nx serve` or `node --watch`: that is one wish. */
const ONE_WISH_MS = 1_000;

const args = process.argv.slice(2);
try {
  const { help, force, json, balance, symbols, source } = parseCommandLine(args);
  if (help) process.stdout.write(HELP);
  else {
    const settings = loadSettings({
      env: process.env,
      cwd: process.cwd(),
      ...(balance === undefined ? {} : { overrides: { 'account.balance': balance } }),
    });
    const system = new AutoTrainingSystem({
      accountBalance: settings.account.balance,
      settings,
      source,
      ...(symbols === undefined ? {} : { symbols }),
    });
    if (force) await trainOnce(system, json);
    else await trainDaily(system);
  }
} catch (thrown) {
  const error = toTradingError(thrown);
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ error })}\n`);
  process.stderr.write(`${error.code}: ${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
  if (error.code === 'INTERNAL' && thrown instanceof Error) process.stderr.write(`${thrown.stack ?? ''}\n`);
  process.exitCode = error.exitCode;
}

async function trainOnce(system: AutoTrainingSystem, json: boolean): Promise<void> {
  const interrupted = onInterrupt(() => system.stop());
  try {
    const report = await system.forceTraining();
    if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else {
      const lines = report.candidates.map(
        ({ name, validation }) =>
          `${name.padEnd(12)} log loss ${validation.logLoss.toFixed(4)}  accuracy ${validation.accuracy.toFixed(4)}`,
      );
      process.stdout.write(
        `${report.rows} rows of ${report.symbols.join(', ')}\n${lines.join('\n')}\nchampion     ${report.champion}\n`,
      );
    }
  } finally {
    await system.stop();
    interrupted.forget();
  }
}

async function trainDaily(system: AutoTrainingSystem): Promise<void> {
  const interrupted = onInterrupt(() => system.stop());
  try {
    await system.startAutoTraining();
    const { nextRun } = system.status();
    if (nextRun !== null) process.stderr.write(`next training at ${formatRfc3339(nextRun)}\n`);
    await interrupted.done;
  } finally {
    await system.stop();
    interrupted.forget();
  }
}

/** Stops at the first signal; asked again later, the process ends at once: the store holds all that matters. */
function onInterrupt(stop: () => Promise<void>): { readonly done: Promise<void>; readonly forget: () => void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // The caller may not wait for it.
  promise.catch(() => undefined);
  let asked: number | null = null;
  const onSignal = (): void => {
    if (asked !== null) {
      if (performance.now() - asked > ONE_WISH_MS) process.exit(130);
      return;
    }
    asked = performance.now();
    stop().then(resolve, reject);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return { done: promise, forget: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal) };
}
