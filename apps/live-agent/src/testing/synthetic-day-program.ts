/**
 * A process for tests that kill processes: trades synthetic days against a market-sim of its own, `node synthetic-day-program.ts <options as
 * JSON>`. Tells what happens in lines of JSON on standard output.
 */
import { argv, stdout } from 'node:process';
import { nextSession, requireSession } from '@trading-agent/calendar';
import { type MarketDate, marketDate, toTradingError } from '@trading-agent/core';
import type { RunReport } from '@trading-agent/engine';
import { openStore } from '@trading-agent/store';
import { runAgent } from '../run-agent.ts';
import { runSessions } from '../sessions/run-sessions.ts';
import { openSimulatedMarket } from '../simulated-market.ts';
import { storySettings } from './story-settings.ts';
import type { DayOptions } from './synthetic-day.ts';
import { silentLog } from './silent-log.ts';

const say = (line: object): void => void stdout.write(`${JSON.stringify(line)}\n`);
const options: DayOptions & { readonly resume: boolean } = JSON.parse(argv[2] ?? '{}');
const { databaseUrl, dataDir, symbols, balance, seed, resume, sessions = 1, story = 'baseline' } = options;

const settings = storySettings(options);
const dates = [marketDate(options.date)];
while (dates.length < sessions) dates.push(nextSession(dates.at(-1) ?? marketDate(options.date)));
async function orderAccount(scope: string, date: MarketDate | undefined, state: 'run' | 'flatten'): Promise<void> {
  if (date === undefined) throw new Error('There is no such session');
  await store.killSwitch.set({ at: requireSession(date).open, scope, by: 'ann', reason: 'enough', state });
}

const store = await openStore({ databaseUrl, dataDir });
try {
  const market = await openSimulatedMarket({
    source: { kind: 'sim' },
    date: marketDate(options.date),
    sessions,
    symbols,
    balance,
    seed,
    speed: 'max',
    resume,
    strategies: settings.strategies,
    dataDir,
    store,
    log: silentLog,
  });
  say({ market: market.pid, account: market.account });
  // Begun anew, the last run's order stands no longer.
  if (!resume && story === 'flattened-shares') await orderAccount(market.account, dates[0], 'run');
  const reports: RunReport[] = [...market.earlier];
  let sessionId = '';
  try {
    const { interrupted } = await runSessions({
      trade: async (run) => {
        const date = dates[reports.length];
        if (story === 'flattened-shares' && date === dates.at(-1)) await orderAccount(market.account, date, 'flatten');
        return runAgent({
          settings,
          store,
          market: market.endpoints,
          knowledge: market.knowledge,
          lock: market.lock,
          failed: market.failed,
          underlyings: symbols,
          mode: 'sim',
          seed,
          resume: run.resume,
          exitAtClose: true,
          log: silentLog,
          onStep: ({ at }) => say({ at }),
        });
      },
      course: market.course,
      sessions: sessions - reports.length,
      resume,
      onEnd: (result) => {
        ({ sessionId } = result);
        reports.push(result.report);
      },
      log: silentLog,
    });
    say({ sessionId, complete: interrupted === null, reports });
  } finally {
    await market.close();
  }
} catch (thrown) {
  const { code, message } = toTradingError(thrown);
  say({ code, message });
  process.exitCode = 1;
} finally {
  await store.close();
}
