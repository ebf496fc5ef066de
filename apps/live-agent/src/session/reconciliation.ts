import { TradingError } from '@trading-agent/core';
import type { Broker } from '@trading-agent/broker';
import type { EngineView } from '@trading-agent/engine';

/**
 * Compares the positions of our books with the broker's, who is the truth about them.
 * @throws {TradingError} `BROKER_DISAGREES` naming each contract that differs.
 */
export async function assertBrokerAgrees(broker: Broker, view: EngineView): Promise<void> {
  const theirs = new Map((await broker.positions()).map(({ symbol, quantity }) => [symbol, quantity]));
  const ours = new Map(view.positions.map(({ symbol, quantity }) => [symbol as string, quantity]));
  const different = [...new Set([...theirs.keys(), ...ours.keys()])]
    .filter((symbol) => (theirs.get(symbol) ?? 0) !== (ours.get(symbol) ?? 0))
    .map((symbol) => `${symbol}: broker ${theirs.get(symbol) ?? 0}, books ${ours.get(symbol) ?? 0}`);
  if (different.length === 0) return;
  throw new TradingError(
    'BROKER_DISAGREES',
    `The broker's positions are not those of the books: ${different.join('; ')}`,
    {
      hint: 'Look at the account by hand; trading stays halted until both agree.',
      details: { different },
    },
  );
}
