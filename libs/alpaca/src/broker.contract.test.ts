import { ManualClock } from '@trading-agent/core';
import { AN_INSTANT, A_CALL, A_HIGHER_CALL, Collected, brokerContract } from '@trading-agent/testkit';
import { createAlpacaBroker } from './broker.ts';
import type { StreamStatus } from './socket/trade-stream.ts';
import { FakeAlpaca } from './testing/fake-alpaca.ts';

const lower = { symbol: A_CALL, bid: 12.3, ask: 12.5 };
const higher = { symbol: A_HIGHER_CALL, bid: 9.6, ask: 9.8 };

brokerContract('alpaca over the wire', async () => {
  const fake = await FakeAlpaca.start({ [lower.symbol]: lower, [higher.symbol]: higher });
  const broker = createAlpacaBroker({
    tradingUrl: fake.server.httpUrl,
    streamUrl: `${fake.server.wsUrl}/stream`,
    keyId: 'KEY',
    secretKey: 'SECRET',
    clock: new ManualClock(AN_INSTANT),
  });
  const connection = new Collected<StreamStatus>(broker.connection);
  return {
    broker,
    underlying: 'GOOG',
    lower,
    higher,
    since: '2015-12-24T15:00:00Z',
    listening: async () => {
      await connection.until((all) => all.some((status) => status.state === 'listening'));
    },
    loseNextAnswer: () => fake.loseNextAnswer(),
    close: async () => {
      connection.stop();
      await fake.server.close();
    },
  };
});
