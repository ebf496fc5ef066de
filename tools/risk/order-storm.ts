/**
 * Random opening orders against random accounts; each that is approved or reduced is measured again by arithmetic of its own.
 *
 *   npx node tools/risk/order-storm.ts [orders] [seed ...]
 *
 * 100,000 orders with three fixed seeds when nothing is given. Exits 1 as soon as an order comes through that breaks a limit, and when none
 * comes through at all; 2 for a number of orders that is none.
 */
import { seededRandom } from '@trading-agent/core';
import { stormOfOrders } from '../../libs/risk/src/testing/order-storm.ts';

const [orders = '100000', ...given] = process.argv.slice(2);
const seeds = given.length > 0 ? given : ['1', '20151224', 'storm'];

if (!(Number.isSafeInteger(Number(orders)) && Number(orders) > 0)) {
  console.error(`Expected a number of orders, was "${orders}"`);
  process.exit(2);
}

for (const seed of seeds) {
  console.log(`seed ${seed}: ${orders} orders`);
  const { approved, reduced, refusals } = stormOfOrders(seededRandom(seed), Number(orders));
  const spoke = [...refusals].toSorted(([, a], [, b]) => b - a).map(([rule, times]) => `${rule} ${times}`);
  // What lets nothing through proves nothing.
  if (approved === 0) process.exitCode = 1;
  console.log(`  approved ${approved}, of them reduced ${reduced}; none breaks a limit`);
  console.log(`  refused by ${spoke.join(', ')}`);
}
