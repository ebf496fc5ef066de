import { ManualClock, seededRandom } from '@trading-agent/core';
import { AN_INSTANT, LocalServer } from '@trading-agent/testkit';
import { type AlpacaBroker, type AlpacaBrokerOptions, createAlpacaBroker } from '../broker.ts';

export const KEYS = { keyId: 'PK-of-the-test', secretKey: 's3cret-of-the-test' };

/** A broker at a local server. Back-offs do not wait; how long they would have is noted. */
export interface TestBroker {
  readonly server: LocalServer;
  readonly broker: AlpacaBroker;
  readonly clock: ManualClock;
  /** Waits asked for, in milliseconds, in order. */
  readonly waits: number[];
}

export async function startTestBroker(options: Partial<AlpacaBrokerOptions> = {}): Promise<TestBroker> {
  const server = await LocalServer.start();
  const clock = new ManualClock(AN_INSTANT);
  const waits: number[] = [];
  const broker = createAlpacaBroker({
    tradingUrl: server.httpUrl,
    streamUrl: `${server.wsUrl}/stream`,
    ...KEYS,
    clock,
    random: seededRandom(7),
    timeoutMs: 2_000,
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    ...options,
  });
  return { server, broker, clock, waits };
}
