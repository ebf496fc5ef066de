/**
 * Trades synthetic days while agent and market are killed at random moments, resumes them, and compares each with the unbroken day. Prints one JSON
 * object; exit code 1 when a day came out otherwise or an order was sent twice.
 *
 *   node tools/chaos/kill-and-resume.ts --rounds 20 --seed 7 [--kills 6] [--story flattened-shares|orphaned-shares]
 *
 * `flattened-shares`: three sessions; a put is assigned after the second, in the third an operator's flatten sells the shares by the hundred. Every
 * `orphaned-shares`: the same, but no operator: no strategy stands on shares, so the agent's own exit sells them. Every
 * round's first kill comes as an order for shares reaches the market, the others at random moments from there or from the start.
 */
import { parseArgs } from 'node:util';
import { type Random, seededRandom } from '@trading-agent/core';
import { temporaryStore } from '@trading-agent/store';
import {
  type DayOptions,
  type Kill,
  ordersReceived,
  randomKill,
  sharesSold,
  tradeKilled,
  tradeUnbroken,
} from '../../apps/live-agent/src/testing/synthetic-day.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '7' },
    kills: { type: 'string', default: '6' },
    story: { type: 'string', default: 'baseline' },
  },
});
const STORIES = {
  baseline: { story: 'baseline', sessions: 1, date: '2026-03-02', symbols: ['AAPL', 'SPY'] },
  'flattened-shares': { story: 'flattened-shares', sessions: 3, date: '2026-11-25', symbols: ['INTC'] },
  'orphaned-shares': { story: 'orphaned-shares', sessions: 3, date: '2026-11-25', symbols: ['INTC'] },
} as const;
const story = Object.values(STORIES).find((one) => one.story === values.story);
if (story === undefined) throw new Error(`--story is one of ${Object.keys(STORIES).join(', ')}`);

/** Where a round's processes are killed; shares are the matter of a moment, which random steps would never meet. */
function killsOf(random: Random, count: number): readonly Kill[] {
  const kills = Array.from({ length: count }, () => randomKill(random));
  if (values.story === 'baseline') return kills;
  const [first, ...others] = kills;
  if (first === undefined) return kills;
  const amid: Kill = { ...first, after: { shareOrders: 1 + random.int(2) } };
  return random.int(2) === 0 ? [amid, ...others] : [...others.slice(0, 1), amid, ...others.slice(1)];
}

const rounds = Number(values.rounds);
const random = seededRandom(`kill-and-resume/${values.seed}`);
const results: object[] = [];
let failures = 0;
for (let round = 1; round <= rounds; round++) {
  const temporary = await temporaryStore();
  const { store, databaseUrl, dataDir } = temporary;
  const day: DayOptions = { databaseUrl, dataDir, ...story, balance: 25_000, seed: random.int(1_000) };
  const kills = killsOf(random, Number(values.kills));
  const result = { round, seed: day.seed, plan: kills };
  try {
    const unbroken = await tradeUnbroken(day);
    const broken = await tradeKilled(day, kills);
    const received = ordersReceived(day, broken.outcome.account);
    const isSame = JSON.stringify(broken.outcome.reports) === JSON.stringify(unbroken.reports);
    const sentTwice = received.length - new Set(received).size;
    const givenUp = (await store.outbox.list(broken.outcome.sessionId, ['pending', 'sending', 'abandoned'])).length;
    const orders = unbroken.reports.flatMap((report) => report.orders).length;
    const sold = sharesSold(broken.outcome.reports);
    const held = broken.outcome.reports.at(-1)?.positions ?? [];
    // A further put may have been sold after the shares of an orphan are gone.
    const isLeft =
      values.story !== 'baseline' && held.some(({ symbol }) => values.story !== 'orphaned-shares' || symbol === 'INTC');
    const audit = await store.audit.verify();
    const isFine = isSame && sentTwice === 0 && givenUp === 0 && !isLeft && audit.intact;
    if (!isFine) failures++;
    const sent = { unbroken: orders, received: received.length, sentTwice, givenUp };
    results.push({
      ...result,
      kills: broken.kills,
      isFine,
      isSame,
      orders: sent,
      sharesSold: sold,
      audit: audit.intact,
    });
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
