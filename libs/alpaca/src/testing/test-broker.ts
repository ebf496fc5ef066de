import { type LocalClient, startLocalClient } from '@trading-agent/testkit';
import { type AlpacaBroker, type AlpacaBrokerOptions, createAlpacaBroker } from '../broker.ts';

export const KEYS = { keyId: 'PK-of-the-test', secretKey: 's3cret-of-the-test' };

/** A broker at a local server. */
export interface TestBroker extends LocalClient {
  readonly broker: AlpacaBroker;
}

export async function startTestBroker(more: Partial<AlpacaBrokerOptions> = {}): Promise<TestBroker> {
  const client = await startLocalClient();
  const { server, options } = client;
  const broker = createAlpacaBroker({
    tradingUrl: server.httpUrl,
    streamUrl: `${server.wsUrl}/stream`,
    ...KEYS,
    ...options,
    ...more,
  });
  return { ...client, broker };
}
