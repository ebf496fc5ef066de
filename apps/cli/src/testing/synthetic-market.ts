import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MARKET_SIM = fileURLToPath(new URL('../../../market-sim/src/main.ts', import.meta.url));

/** A market-sim process with a generated day. It stands still until its admin channel moves it. */
export async function startSyntheticMarket(day: {
  readonly date: string;
  readonly symbols: string;
  readonly seed: number;
}): Promise<{ url: string; wsUrl: string; stop: () => void }> {
  const args = ['--market', 'synthetic', '--date', day.date, '--symbols', day.symbols, '--seed', `${day.seed}`];
  const child = spawn(process.execPath, [MARKET_SIM, ...args, '--speed', 'max', '--port', '0', '--exit-with-stdin'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const ready: { readonly url: string; readonly wsUrl: string } = JSON.parse(line);
    return { ...ready, stop: () => child.stdin.end() };
  }
  throw new Error('market-sim did not start');
}
