import { Command } from 'commander';
import { isTradingError, usd } from '@trading-agent/core';
import { tierFor } from '@trading-agent/account-tiers';
import { buildDashboard } from '@trading-agent/dashboard';
import {
  configuredEndpoints,
  type MarketEndpoints,
  openSimulatedMarket,
  runAgent,
  type SimulatedMarket,
  type TradingDayResult,
} from '@trading-agent/live-agent';
import { dayHoles, loadRecordedDay, recordedHoles } from '@trading-agent/market-data';
import { createLogger, type Logger } from '@trading-agent/observability';
import { controlToken, startStatusApi, storeStatusSource } from '@trading-agent/status-api';
import { type AccountLock, openStore, type Store } from '@trading-agent/store';
import { printBanner } from '../banner.ts';
import { tellReport } from '../report-text.ts';
import { addRunFlags, planRun, type RunFlags, type RunPlan, wholeNumber } from '../run-flags.ts';
import { StartProgress } from '../start-progress.ts';
import { terminal } from '../terminal.ts';

/** Two signals within this time are one. */
const SAME_SIGNAL_MS = 1_000;

interface StartFlags extends RunFlags {
  readonly speed?: string;
  readonly resume: boolean;
  readonly exitAtClose: boolean;
  readonly port?: number;
}

export function startCommand(): Command {
  return addRunFlags(new Command('start').description('Trade: by default a small simulated market, no key needed.'), [
    'sim',
    'replay',
    'vendor',
  ])
    .option('--speed <x>', 'simulated seconds per second, or max (default: 60; replay: max)')
    .option('--resume', 'take up the unfinished session of this account', false)
    .option('--exit-at-close', 'end when the session closes instead of keeping the dashboard up', false)
    .option('--port <n>', 'port of the status API and dashboard (default: STATUS_API_PORT or 4000)', wholeNumber)
    .addHelpText(
      'after',
      `
Examples:
  agent start
  agent start --market replay --data ./flatfiles --date 2015-12-24 --symbols GOOG --balance 25000 \\
              --seed 7 --speed max --exit-at-close --json
  agent start --market vendor           # Polygon/Massive and Alpaca by their keys; paper unless TRADING_MODE=live

Exit codes: 0 done, 1 failed, 2 wrong input.`,
    )
    .action(runStart);
}

/** Undoes what was set up, last first; one failure does not keep the others from being undone. */
class Closers {
  readonly #closers: (() => Promise<unknown>)[] = [];

  add(close: () => Promise<unknown>): void {
    this.#closers.unshift(close);
  }

  async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers) await close().catch((error: unknown) => failures.push(error));
    for (const failure of failures)
      terminal.error(`warning while closing: ${failure instanceof Error ? failure.message : String(failure)}\n`);
  }
}

async function runStart(flags: StartFlags): Promise<void> {
  const plan = planRun(flags, flags.port === undefined ? {} : { 'statusApi.port': flags.port });
  const interrupt = new AbortController();
  let firstSignal: number | null = null;
  const onSignal = (): void => {
    // Asked again, the process ends at once; the journal holds all that matters. npm and watchers hand on one Ctrl-C twice.
    if (firstSignal !== null && performance.now() - firstSignal > SAME_SIGNAL_MS) process.exit(130);
    firstSignal ??= performance.now();
    interrupt.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const closers = new Closers();
  try {
    await startAgent(flags, plan, interrupt.signal, closers);
  } finally {
    await closers.closeAll();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function startAgent(flags: StartFlags, plan: RunPlan, signal: AbortSignal, closers: Closers): Promise<void> {
  const { settings } = plan;
  const progress = new StartProgress();
  closers.add(() => Promise.resolve(progress.end()));
  const log = createLogger({
    level: terminal.isInteractive() ? 'WARNING' : settings.logging.level,
    name: 'agent',
    color: terminal.hasColor(),
  });
  progress.phase('starting the state store');
  const store = await openStore({
    dataDir: settings.store.dataDir,
    logger: log,
    ...(settings.store.databaseUrl === undefined ? {} : { databaseUrl: settings.store.databaseUrl.reveal() }),
  });
  closers.add(() => store.close());
  const market = await openMarket(flags, plan, store, log, closers, progress);
  const dashboard = await startDashboard(flags, plan, store, log, closers, progress);
  const tier = tierFor(usd(plan.balance), settings.tiers, settings.account.riskTolerance).name;
  printBanner({ plan, tier, account: market.account ?? 'the broker tells', market: market.description, dashboard });
  const result = await runAgent({
    settings,
    store,
    market: market.endpoints,
    ...(market.lock === undefined ? {} : { lock: market.lock }),
    ...(market.knowledge === undefined ? {} : { knowledge: market.knowledge }),
    underlyings: plan.symbols,
    failed: market.failed,
    mode: flags.market === 'vendor' ? settings.account.mode : flags.market,
    seed: flags.seed,
    resume: flags.resume || flags.market === 'vendor',
    exitAtClose: flags.exitAtClose,
    log,
    onStep: (step) => progress.step(step),
    signal,
  });
  progress.end();
  await report(flags, plan, result);
  if (result.complete && !flags.exitAtClose && !signal.aborted) await stayUp(dashboard, signal);
}

async function report(flags: StartFlags, { date, symbols }: RunPlan, result: TradingDayResult): Promise<void> {
  if (!result.complete) {
    terminal.error('Stopped in the middle of the session. The same command with --resume takes it up again.\n');
    if (flags.json) terminal.out(`${JSON.stringify({ interrupted: true, sessionId: result.sessionId })}\n`);
    return;
  }
  const { data } = flags;
  // As the backtest of the same day tells them.
  const holes =
    flags.market === 'replay' && data !== undefined
      ? [
          ...recordedHoles(data, date),
          ...dayHoles(await loadRecordedDay({ dataDir: data, date, underlyings: symbols })),
        ]
      : [];
  tellReport(result.report, holes, flags.json);
}

async function stayUp(dashboard: string | null, signal: AbortSignal): Promise<void> {
  terminal.error(
    `The market day is over.${dashboard === null ? '' : ` The dashboard stays at ${dashboard}.`} Ctrl-C ends.\n`,
  );
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

interface OpenedMarket {
  readonly endpoints: MarketEndpoints;
  readonly description: string;
  readonly account?: string;
  readonly lock?: AccountLock;
  /** What a simulated market has made known before the day; a real one is asked by the agent. */
  readonly knowledge?: SimulatedMarket['knowledge'];
  /** Rejects when a simulated market ends by itself; never resolves. */
  readonly failed: Promise<never>;
}

async function openMarket(
  flags: StartFlags,
  plan: RunPlan,
  store: Store,
  log: Logger,
  closers: Closers,
  progress: StartProgress,
): Promise<OpenedMarket> {
  const { settings, date, symbols, balance } = plan;
  if (flags.market === 'vendor') {
    const description = `Polygon/Massive and Alpaca (${settings.account.mode})`;
    return { endpoints: configuredEndpoints(settings), description, failed: new Promise(() => undefined) };
  }
  progress.phase('starting the simulated market');
  const speed = flags.speed ?? (flags.market === 'replay' ? 'max' : '60');
  const source =
    flags.data === undefined
      ? { kind: 'sim' as const, market: flags.simKind ?? ('synthetic' as const) }
      : { kind: 'replay' as const, dataDir: flags.data };
  const { seed, resume } = flags;
  const market = await openSimulatedMarket({
    source,
    date,
    symbols,
    balance,
    seed,
    speed,
    resume,
    strategies: { ...settings.strategies, ...settings.ownStrategies },
    store,
    log,
    dataDir: settings.store.dataDir,
  });
  closers.add(() => market.close());
  const description =
    source.kind === 'replay'
      ? `replay of ${source.dataDir}, speed ${speed}`
      : `${source.market}, seed ${seed}, speed ${speed}`;
  return { ...market, description };
}

/** @returns its address; `null` when a batch run goes without because the default port is taken */
async function startDashboard(
  flags: StartFlags,
  plan: RunPlan,
  store: Store,
  log: Logger,
  closers: Closers,
  progress: StartProgress,
): Promise<string | null> {
  progress.phase('preparing the dashboard');
  const { host, port } = plan.settings.statusApi;
  const { dir } = await buildDashboard();
  try {
    const api = await startStatusApi({
      source: storeStatusSource(store),
      controls: { killSwitch: store.killSwitch, token: await controlToken(plan.settings.store.dataDir) },
      host,
      port,
      dashboardDir: dir,
      logger: log,
    });
    closers.add(() => api.close());
    return api.url;
  } catch (error) {
    // A run that ends by itself is about its result; it gives way unless the port was asked for.
    const isAsked = flags.port !== undefined || process.env['STATUS_API_PORT'] !== undefined;
    if (!isTradingError(error, 'PORT_IN_USE') || !flags.exitAtClose || isAsked) throw error;
    log.warn({ port }, 'The port of the status API is taken: this run goes without dashboard');
    return null;
  }
}
