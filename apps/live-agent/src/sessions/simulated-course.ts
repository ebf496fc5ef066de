import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isTradingError, marketDate, type MarketDate, TradingError } from '@trading-agent/core';
import { nextSession } from '@trading-agent/calendar';
import type { RunReport } from '@trading-agent/engine';
import type { SessionRow, Store } from '@trading-agent/store';
import { z } from 'zod';
import { toldError } from '../market-process.ts';
import type { Course } from './run-sessions.ts';

const SESSIONS_LOOKED_AT = 2_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** A market that is about to let go of its last client, or opens a day by itself, is asked again so often and so far apart. */
const SPARE_TRIES = 50;
const PAUSE_MS = 100;

const clockSchema = z.object({ date: z.string(), step: z.number(), steps: z.number(), phase: z.string() });
const markSchema = z.object({ after: z.string().nullable() });
const abandonedSchema = z.object({ abandoned: z.literal(true) });

/** How far a run over several simulated sessions has come. */
export interface Standing {
  /** The session that is to be traded, or gone on with, next. */
  readonly due: MarketDate;
  /** Of those that have come to their end, oldest first. */
  readonly reports: readonly RunReport[];
}

/** The sessions of one simulated account. */
export interface SimulatedRun {
  readonly account: string;
  readonly mode: string;
  /** Where its market keeps what it must know after a kill. */
  readonly folder: string;
}

/** Remembers which sessions an account had when its market was begun anew: they are of earlier runs. */
export async function markBeginning(store: Store, run: SimulatedRun): Promise<void> {
  const { folder } = run;
  const [latest] = await sessionsOf(store, run);
  mkdirSync(folder, { recursive: true });
  const path = markPath(folder);
  writeFileSync(`${path}.new`, JSON.stringify({ after: latest?.id ?? null }), { flush: true });
  renameSync(`${path}.new`, path);
}

/** Where the run stands that was begun with `markBeginning`: what the store says of its sessions. */
export async function standingOf(store: Store, run: SimulatedRun, first: MarketDate): Promise<Standing> {
  const after = readMark(run.folder);
  const rows = await sessionsOf(store, run);
  const earlier = rows.findIndex(({ id }) => id === after);
  const own = earlier === -1 ? rows : rows.slice(0, earlier);
  const ended = own.filter((row) => row.status === 'finished' && !isAbandoned(row)).toReversed();
  const [latest] = own;
  const reports = ended.map(reportOf);
  if (latest?.status === 'running') return { due: marketDate(latest.date), reports };
  const last = reports.at(-1);
  return { due: last === undefined ? first : nextSession(last.session), reports };
}

/** Our own writing: the containers are checked, their members are taken as they were written. */
const resultSchema = z.looseObject({
  session: z.string(),
  tier: z.string(),
  fingerprint: z.string(),
  orders: z.array(z.unknown()),
  executions: z.array(z.unknown()),
  positions: z.array(z.unknown()),
  refusals: z.array(z.unknown()),
});
const isReport = (result: unknown): result is RunReport & { readonly standing?: unknown } =>
  resultSchema.safeParse(result).success;

function reportOf({ id, result }: SessionRow): RunReport {
  const stored: unknown = result;
  if (!isReport(stored))
    throw new TradingError('JOURNAL_CORRUPT', `The stored result of session ${id} is not a report`);
  const { standing: _, ...report } = stored;
  return report;
}

function isAbandoned({ result }: SessionRow): boolean {
  return abandonedSchema.safeParse(result).success;
}

/** The latest first. */
function sessionsOf(store: Store, { account, mode }: SimulatedRun): Promise<readonly SessionRow[]> {
  return store.sessions.ofAccount(account, mode, SESSIONS_LOOKED_AT);
}

const markPath = (folder: string): string => join(folder, 'begun-after.json');

function readMark(folder: string): string | null {
  try {
    return markSchema.parse(JSON.parse(readFileSync(markPath(folder), 'utf8'))).after;
  } catch (cause) {
    throw new TradingError('NOTHING_TO_RESUME', 'No run over several sessions was begun on this simulated market', {
      hint: 'Start it without --resume.',
      cause,
    });
  }
}

/** A simulated market goes to its next day when it is told to; what breaks off in it is resumed by its owner. */
export class SimulatedCourse implements Course {
  readonly #url: string;

  /** @param url of the market */
  constructor(url: string) {
    this.#url = url;
  }

  async next(ended: MarketDate): Promise<boolean> {
    await this.bringTo(nextSession(ended));
    return true;
  }

  afterFailure(error: TradingError): Promise<boolean> {
    return Promise.reject(error);
  }

  /**
   * Lets the market pass the days before `date`; nothing happens when it is there. Asked again after a kill it comes out the same.
   * @throws {TradingError} `OUT_OF_RANGE` when the market has gone past it, what opening a day throws, `FEED_UNAVAILABLE`.
   */
  async bringTo(date: MarketDate): Promise<void> {
    // A market that runs by the clock opens days by itself once nobody keeps step: it stands still meanwhile.
    await this.#clock({ command: 'pause' });
    let tries = SPARE_TRIES;
    for (let at = await this.#clock(); at.date < date; at = await this.#clock()) {
      try {
        if (at.step < at.steps - 1) await this.#clock({ command: 'step', steps: at.steps });
        await this.#clock({ command: 'next-day' });
      } catch (error) {
        // The day was opened between the two requests, or the connection of the day before is still closing.
        const mayPass =
          isTradingError(error, 'OUT_OF_RANGE') || (isTradingError(error, 'USAGE') && at.phase !== 'ended');
        if (!mayPass || --tries === 0) throw error;
        await delay(PAUSE_MS);
      }
    }
    const { date: reached } = await this.#clock({ command: 'resume' });
    if (reached !== date)
      throw new TradingError('OUT_OF_RANGE', `The simulated market is at ${reached}, ${date} lies behind it`);
  }

  async #clock(command?: object): Promise<z.infer<typeof clockSchema>> {
    let response: Response;
    try {
      response = await fetch(`${this.#url}/admin/clock`, {
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        ...(command === undefined ? {} : { method: 'POST', body: JSON.stringify(command) }),
      });
    } catch (cause) {
      throw new TradingError('FEED_UNAVAILABLE', 'The simulated market does not answer', { cause });
    }
    const told: unknown = await response.json();
    if (response.ok) return clockSchema.parse(told);
    throw toldError(told);
  }
}
