import { ManualClock, type Random, seededRandom } from '@trading-agent/core';
import { AN_INSTANT } from './builders.ts';
import { LocalServer } from './local-server.ts';

/** A local server, and what a client of it is given. */
export interface LocalClient {
  readonly server: LocalServer;
  readonly clock: ManualClock;
  /** Back-offs asked for, in milliseconds, in order; none of them waits. */
  readonly waits: number[];
  /** For the client's options. */
  readonly options: {
    readonly clock: ManualClock;
    readonly random: Random;
    readonly timeoutMs: number;
    readonly sleep: (milliseconds: number) => Promise<void>;
  };
}

/** A server on the loopback; time stands at `AN_INSTANT`, jitter is seeded. */
export async function startLocalClient(): Promise<LocalClient> {
  const server = await LocalServer.start();
  const clock = new ManualClock(AN_INSTANT);
  const waits: number[] = [];
  const sleep = (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  return { server, clock, waits, options: { clock, random: seededRandom(7), timeoutMs: 20_000, sleep } };
}
