/**
 * Random contracts, every fifth figure absurd (volatility 0 and 1e300, a second to expiry, rates of -50, strikes of 0.001, NaN ...),
 * through every door of the European, American and dividend kernels. Prints one JSON object a kernel; exit code 1 when a figure came out as
 * NaN or infinite, a price below zero, or a batch threw.
 *
 *   node tools/fuzz/pricing.ts [--count 1000000] [--kernel european|american|dividends] [--seed 7] [--two-boundaries-every 500]
 */
import { parseArgs } from 'node:util';
import { absurdRun, type Kernel } from '../../libs/pricing/src/testing/absurd-kernels.ts';

const KERNELS: readonly Kernel[] = ['european', 'american', 'dividends'];
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    kernel: { type: 'string' },
    seed: { type: 'string', default: '7' },
    'two-boundaries-every': { type: 'string', default: '500' },
  },
});
const count = Number(values.count);
const wanted = values.kernel === undefined ? KERNELS : KERNELS.filter((kernel) => kernel === values.kernel);
if (!(Number.isInteger(count) && count > 0) || wanted.length === 0) {
  console.error('Expected --count as a whole number above 0 and --kernel as one of european, american, dividends');
  process.exit(2);
}
const STEP = 50_000;
let failed = false;
for (const kernel of wanted) {
  const start = process.cpuUsage();
  const run = absurdRun(
    kernel,
    { count, seed: Number(values.seed), twoBoundariesEvery: Number(values['two-boundaries-every']) },
    (done) => {
      if (done % STEP === 0) console.error(`${kernel}: ${done} of ${count}`);
    },
  );
  const used = process.cpuUsage(start);
  failed ||= run.failures.length > 0;
  console.log(JSON.stringify({ kernel, ...run, cpuSeconds: Math.round((used.user + used.system) / 1e6) }));
}
process.exit(failed ? 1 : 0);
