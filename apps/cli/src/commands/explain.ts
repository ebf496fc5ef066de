import { Command } from 'commander';
import { type MarketDate, marketDate, systemClock, TradingError } from '@trading-agent/core';
import { latestSession, nyDate, nyTime } from '@trading-agent/calendar';
import { type DecisionReading, decisionReading } from '@trading-agent/status-api';
import type { SessionRow, Store } from '@trading-agent/store';
import { explainSymbols } from '../explain/explanation.ts';
import { explanationText } from '../explain/explanation-text.ts';
import { terminal } from '../terminal.ts';
import { usage } from '../usage.ts';
import { commandSettings, withStore } from '../with-store.ts';

interface ExplainFlags {
  readonly date?: string;
  readonly symbol?: string;
  readonly account?: string;
  readonly from?: string;
  readonly to?: string;
  readonly all: boolean;
  readonly config?: string;
  readonly json: boolean;
}

/** Sessions and decisions beyond these are not read; a day of minute decisions on thirty symbols has some 12,000. */
const MOST_SESSIONS = 1_000;
const MOST_DECISIONS = 200_000;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

export function explainCommand(): Command {
  return new Command('explain')
    .description(
      'Why did it trade, or not? Every order and refusal of a day with the rules, their numbers and their limits.',
    )
    .option('--date <day>', 'market day as YYYY-MM-DD (default: the latest session)')
    .option('--symbol <ticker>', 'one underlying (default: all)')
    .option('--account <number>', 'one account (default: all)')
    .option('--from <time>', 'from HH:MM New York time on')
    .option('--to <time>', 'up to HH:MM New York time')
    .option('--all', 'every run of the day, not only the latest of each account', false)
    .option('--config <dir>', 'folder of the YAML files (default: ./config)')
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Examples:
  agent explain --date 2015-12-24 --symbol GOOG
  agent explain --from 10:00 --to 10:30
  agent explain --date 2015-12-24 --json

Exit codes: 0 done, 2 wrong input or nothing was traded that day.`,
    )
    .action(explain);
}

async function explain(flags: ExplainFlags): Promise<void> {
  const date = flags.date === undefined ? latestSession(nyDate(systemClock.now())) : marketDate(flags.date);
  for (const time of [flags.from, flags.to])
    if (time !== undefined && !TIME.test(time))
      throw usage(`Expected a time as HH:MM, was "${time}"`, 'For instance --from 10:00.');
  await withStore(commandSettings(flags), async (store) => {
    const answers = [];
    for (const session of await sessionsOf(store, date, flags)) {
      const decisions = await decisionsOf(store, session, flags);
      answers.push({ session, symbols: explainSymbols(decisions), decisions });
    }
    if (flags.json) {
      const sessions = answers.map(({ session: { id, account, run, mode, status }, symbols, decisions }) => ({
        id,
        account,
        run,
        mode,
        status,
        symbols,
        decisions,
      }));
      return terminal.out(`${JSON.stringify({ date, sessions })}\n`);
    }
    terminal.out(
      answers.map(({ session, symbols, decisions }) => explanationText(session, symbols, decisions)).join('\n'),
    );
  });
}

async function sessionsOf(
  store: Store,
  date: MarketDate,
  { account, all }: ExplainFlags,
): Promise<readonly SessionRow[]> {
  const found = (await store.sessions.onDate(date, MOST_SESSIONS)).filter(
    (session) => account === undefined || session.account === account,
  );
  if (found.length === 0)
    throw new TradingError(
      'DATA_DAY_MISSING',
      `No session of ${date}${account === undefined ? '' : ` and account ${account}`} is stored`,
      {
        hint: 'Name a day that was traded with --date, and the data folder it was traded with by DATA_DIR. A backtest keeps no decisions.',
      },
    );
  const latest = (session: SessionRow): boolean => found.find((other) => other.account === session.account) === session;
  return all ? found : found.filter(latest);
}

async function decisionsOf(
  store: Store,
  session: SessionRow,
  flags: ExplainFlags,
): Promise<readonly DecisionReading[]> {
  const { symbol, from = '00:00', to = '24:00' } = flags;
  const asked = symbol?.toUpperCase();
  const rows = await store.decisionsAfter(session.id, 0, MOST_DECISIONS);
  if (rows.length === MOST_DECISIONS)
    terminal.error(`Only the first ${MOST_DECISIONS} decisions of ${session.id} are read.\n`);
  return rows.flatMap((row) => {
    // What is watched is no decision to trade or not.
    if (row.type === 'subscribe') return [];
    const time = nyTime(row.at);
    const reading = decisionReading(row);
    // What concerns no symbol, a halt for instance, concerns them all.
    const isAsked = asked === undefined || reading.subject === null || reading.subject === asked;
    return isAsked && time >= from && time < to ? [reading] : [];
  });
}
