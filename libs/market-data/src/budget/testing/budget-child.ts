import { stdout } from 'node:process';
import { isTradingError, systemClock } from '@trading-agent/core';
import { openRequestBudget } from '../request-budget.ts';

// A test's second process: takes tokens as fast as it can and says so, until it would have to wait or the day is spent.
const [dataDir = '', perMinute = '', perDay = ''] = process.argv.slice(2);
const budget = openRequestBudget({
  dataDir,
  account: 'PA/1',
  limits: { perMinute: Number(perMinute), perDay: Number(perDay) },
  clock: systemClock,
  sleep: (milliseconds) => {
    if (milliseconds <= 10) return Promise.resolve();
    stdout.write('waiting\n');
    return new Promise(() => undefined);
  },
});
// Keeps the process alive while it waits.
setInterval(() => undefined, 1_000);
try {
  for (;;) {
    await budget.take('positions');
    stdout.write('taken\n');
    await new Promise((resolve) => setImmediate(resolve));
  }
} catch (error) {
  stdout.write(isTradingError(error, 'FEED_BUDGET_SPENT') ? 'spent\n' : `failed ${String(error)}\n`);
}
