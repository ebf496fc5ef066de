import { Command, InvalidArgumentError } from 'commander';
import { isTradingError, systemClock, usd } from '@trading-agent/core';
import { tierFor } from '@trading-agent/account-tiers';
import { combinedReport } from '@trading-agent/backtest';
import { buildDashboard } from '@trading-agent/dashboard';
import type { RunReport } from '@trading-agent/engine';
import {
  CalendarCourse,
  configuredEndpoints,
  type Course,
  type MarketEndpoints,
  openSimulatedMarket,
  runAgent,
  runSessions,
  type SimulatedMarket,
  type TradingDayResult,
} from '@trading-agent/live-agent';
import { type DayHole, dayHoles, loadRecordedDay, recordedHoles } from '@trading-agent/market-data';
import { createLogger, type Logger } from '@trading-agent/observability';
import { controlToken, startStatusApi, storeStatusSource } from '@trading-agent/status-api';
import { type AccountLock, openStore, type Store } from '@trading-agent/store';
import { printBanner } from '../banner.ts';
import { tellReport } from '../report-text.ts';
import { addRunFlags, planRun, type RunFlags, type RunPlan, wholeNumber } from '../run-flags.ts';
import { StartProgress } from '../start-progress.ts';
import { terminal } from '../terminal.ts';
import { usage } from '../usage.ts';

/** Two signals within this time are one. */
const SAME_SIGNAL_MS = 1_000;
/** Some years: what runs longer is meant to be something else. */
const MOST_SESSIONS = 1_000;

interface StartFlags extends RunFlags {
  readonly speed?: string;
  readonly resume: boolean;
  readonly newSession: boolean;
  readonly exitAtClose: boolean;
  readonly sessions?: number;
  readonly port?: number;
}

export function startCommand(): Command {
  return addRunFlags(new Command('start').description('Trade: by default a small simulated market, no key needed.'), [
    'sim',
    'replay',
    'vendor',
  ])
    .option('--speed <x>', 'simulated seconds per second, or max (default: 60; replay: max)')
    .option('--resume', 'take up the unfinished session of this account (vendor: always)', false)
    .option(
      '--new-session',
      'give up an unfinished session, whose journal is damaged for instance, and begin another',
      false,
    )
    .option(
      '--sessions <n>',
      'end after so many sessions (default: 1; vendor: none, each session is waited for)',
      someSessions,
    )
    .option(
      '--exit-at-close',
      'end when the (last) session closes instead of waiting or keeping the dashboard up',
      false,
    )
    .option('--port <n>', 'port of the status API and dashboard (default: STATUS_API_PORT or 4000)', wholeNumber)
    .addHelpText(
      'after',
      `
Examples:
  agent start
  agent start --market replay --data ./flatfiles --date 2015-12-24 --symbols GOOG --balance 25000 \\
              --seed 7 --speed max --exit-at-close --json
  agent start --market vendor           # Polygon/Massive and Alpaca by their keys; paper unless TRADING_MODE=live
  agent start --symbols SPY --sessions 5 --speed max --exit-at-close

On the vendors' market it goes on until it is stopped: after a session it waits for the next one by the calendar, and what breaks off for a
passing reason is taken up again. With --exit-at-close it ends with the first session, and on a day without one says so.

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
  if (flags.resume && flags.newSession)
    throw usage('--resume and --new-session exclude each other', 'Give one of them.');
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
  const sessions = flags.sessions ?? (flags.market === 'vendor' && !flags.exitAtClose ? Number.POSITIVE_INFINITY : 1);
  const calendar = new CalendarCourse({ clock: systemClock, log, signal, onWait: (wait) => progress.waiting(wait) });
  const date = market.course === undefined ? calendar.due.date : plan.date;
  const account = market.account ?? 'the broker tells';
  printBanner({ plan: { ...plan, date }, tier, account, market: market.description, dashboard });
  const reports = [...(market.earlier ?? [])];
  const { interrupted } = await runSessions({
    trade: (run) =>
      runAgent({
        settings,
        store,
        market: market.endpoints,
        ...(market.lock === undefined ? {} : { lock: market.lock }),
        ...(market.knowledge === undefined ? {} : { knowledge: market.knowledge }),
        underlyings: plan.symbols,
        failed: market.failed,
        mode: flags.market === 'vendor' ? settings.account.mode : flags.market,
        seed: flags.seed,
        resume: run.resume,
        exitAtClose: flags.exitAtClose || sessions > 1,
        log,
        onStep: (step) => {
          run.begun();
          if (step.isStep) calendar.stepped();
          progress.step(step);
        },
        signal,
      }),
    course: market.course ?? (sessions > 1 ? calendar : ONCE),
    sessions: sessions - reports.length,
    resume: flags.resume || (flags.market === 'vendor' && !flags.newSession),
    onEnd: ({ report }) => {
      progress.end();
      reports.push(report);
      // Who trades on and on is told as it goes.
      if (sessions === Number.POSITIVE_INFINITY) tellReport(report, [], flags.json);
    },
    log,
    signal,
  });
  progress.end();
  if (interrupted !== null) return tellInterrupted(flags, interrupted);
  if (reports.length < sessions) {
    terminal.error('Stopped between two sessions: nothing is under way. The same command goes on with the next one.\n');
    return;
  }
  await report(flags, plan, reports);
  if (!flags.exitAtClose && !signal.aborted) await stayUp(dashboard, signal);
}

/** A single session on a real market: what does not begin, or breaks off, is its caller's to try again. */
const ONCE: Course = {
  next: () => Promise.resolve(false),
  afterFailure: (error) => Promise.reject(error),
};

function someSessions(text: string): number {
  const count = wholeNumber(text);
  if (count < 1 || count > MOST_SESSIONS) throw new InvalidArgumentError(`Expected 1 to ${MOST_SESSIONS} sessions.`);
  return count;
}

function tellInterrupted(flags: StartFlags, { sessionId }: TradingDayResult): void {
  terminal.error('Stopped in the middle of the session. The same command with --resume takes it up again.\n');
  if (flags.json) terminal.out(`${JSON.stringify({ interrupted: true, sessionId })}\n`);
}

/** @param reports of all sessions, one at least */
async function report(flags: StartFlags, { symbols }: RunPlan, reports: readonly RunReport[]): Promise<void> {
  const { data } = flags;
  const holes: DayHole[] = [];
  // As the backtest of the same days tells them.
  if (flags.market === 'replay' && data !== undefined) {
    for (const { session: date } of reports) {
      const day = await loadRecordedDay({ dataDir: data, date, underlyings: symbols });
      holes.push(...recordedHoles(data, date), ...dayHoles(day));
    }
  }
  const [only] = reports;
  tellReport(reports.length === 1 && only !== undefined ? only : combinedReport(reports), holes, flags.json);
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
  /** How a simulated market gets from day to day, and what its earlier days came to when it is resumed. */
  readonly course?: SimulatedMarket['course'];
  readonly earlier?: SimulatedMarket['earlier'];
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
    ...(flags.sessions === undefined ? {} : { sessions: flags.sessions }),
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
