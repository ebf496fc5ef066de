/**
 * Trades synthetic days while agent and market are killed at random moments, resumes them, and compares each with the unbroken day. Prints one JSON
 * object; exit code 1 when a day came out otherwise or an order was sent twice.
 *
 *   node tools/chaos/kill-and-resume.ts --rounds 20 --seed 7 [--kills 6]
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '@trading-agent/core';
import { temporaryStore } from '@trading-agent/store';
import {
  ordersReceived,
  randomKill,
  tradeKilled,
  tradeUnbroken,
} from '../../apps/live-agent/src/testing/synthetic-day.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '7' },
    kills: { type: 'string', default: '6' },
  },
});
const rounds = Number(values.rounds);
const random = seededRandom(`kill-and-resume/${values.seed}`);
const results: object[] = [];
let failures = 0;
for (let round = 1; round <= rounds; round++) {
  const temporary = await temporaryStore();
  const { store, databaseUrl, dataDir } = temporary;
  const day = {
    databaseUrl,
    dataDir,
    date: '2026-03-02',
    symbols: ['AAPL', 'SPY'],
    balance: 25_000,
    seed: random.int(1_000),
  };
  const kills = Array.from({ length: Number(values.kills) }, () => randomKill(random));
  const result = { round, seed: day.seed, plan: kills };
  try {
    const unbroken = await tradeUnbroken(day);
    const broken = await tradeKilled(day, kills);
    const received = ordersReceived(day, broken.outcome.account);
    const isSame = JSON.stringify(broken.outcome.report) === JSON.stringify(unbroken.report);
    const sentTwice = received.length - new Set(received).size;
    const givenUp = (await store.outbox.list(broken.outcome.sessionId, ['pending', 'sending', 'abandoned'])).length;
    const audit = await store.audit.verify();
    const isFine = isSame && sentTwice === 0 && givenUp === 0 && audit.intact;
    if (!isFine) failures++;
    const orders = { unbroken: unbroken.report.orders.length, received: received.length, sentTwice, givenUp };
    results.push({ ...result, kills: broken.kills, isFine, isSame, orders, audit: audit.intact });
  } catch (error) {
    failures++;
    results.push({ ...result, isFine: false, error: error instanceof Error ? error.message : String(error) });
  } finally {
    await temporary.remove();
  }
  console.error(`round ${round} of ${rounds}, ${failures} failed`);
}
console.log(JSON.stringify({ seed: values.seed, rounds, failures, results }));
process.exitCode = failures === 0 ? 0 : 1;
