import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type ErrorCode, ERROR_CODES, TradingError } from '@trading-agent/core';
import { z } from 'zod';
import type { AgentLog } from './log.ts';

const readySchema = z.object({ ready: z.literal(true), url: z.url(), wsUrl: z.url() });
const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
});
const WARNING = /^market-sim: warning (.*)$/;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 3_000;

/** A simulated market in a process of its own; it ends with this process, however this process ends. */
export interface MarketProcess {
  readonly url: string;
  readonly wsUrl: string;
  readonly pid: number | undefined;
  /** Rejects when the market ends although nobody asked it to. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);

/**
 * Starts `apps/market-sim` and waits until it serves.
 * @param entry its main module
 * @throws {TradingError} the market's own typed error (missing data, wrong date, unknown symbol, ...), `TIMEOUT` when it does not answer.
 */
export async function startMarketProcess(
  entry: string,
  args: readonly string[],
  log: AgentLog,
): Promise<MarketProcess> {
  // In a process group of its own: Ctrl-C in a terminal reaches the agent, which ends the day before it ends the market. The end of its standard
  // input ends it in every other case.
  const child = spawn(process.execPath, [entry, ...args, '--exit-with-stdin'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let isStopping = false;
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [, warning] = WARNING.exec(line) ?? [];
    if (warning === undefined) log.info({ source: 'market-sim' }, line);
    else log.warn({ source: 'market-sim' }, warning);
  });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new TradingError('FEED_UNAVAILABLE', `The simulated market could not be run: ${cause.message}`, { cause }),
      ),
    );
    // Not `exit`: its last line, which says why, may still be on the way then.
    child.once('close', (code, signal) => {
      if (!isStopping)
        reject(
          new TradingError(
            'FEED_UNAVAILABLE',
            `The simulated market ended by itself (${signal ?? `exit code ${code}`})`,
          ),
        );
    });
  });
  // Whoever awaits it hears of it; nobody is obliged to.
  failed.catch(() => undefined);
  const stop = async (): Promise<void> => {
    isStopping = true;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      child.once('exit', () => clearTimeout(timer));
    });
  };
  try {
    const { url, wsUrl } = await firstLine(child, failed);
    return { url, wsUrl, pid: child.pid, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function firstLine(child: ChildProcess, failed: Promise<never>): Promise<z.infer<typeof readySchema>> {
  const { stdout } = child;
  if (stdout === null) throw new TradingError('INTERNAL', 'The market process has no output');
  const lines = createInterface({ input: stdout });
  let timer: NodeJS.Timeout | undefined;
  const line = new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    timer = setTimeout(
      () =>
        reject(new TradingError('TIMEOUT', `The simulated market was not ready within ${START_TIMEOUT_MS / 1000} s`)),
      START_TIMEOUT_MS,
    );
  });
  try {
    const told: unknown = JSON.parse(await Promise.race([line, failed]));
    const ready = readySchema.safeParse(told);
    if (ready.success) return ready.data;
    throw toldError(told);
  } finally {
    clearTimeout(timer);
  }
}

/** The market's own error, as it tells errors; anything else is one too. */
export function toldError(told: unknown): TradingError {
  const refused = errorSchema.safeParse(told);
  if (!refused.success)
    return new TradingError('FEED_BAD_MESSAGE', 'The simulated market has told neither a result nor an error');
  const { code, message, hint } = refused.data.error;
  return new TradingError(isCode(code) ? code : 'INTERNAL', message, hint === undefined ? {} : { hint });
}
