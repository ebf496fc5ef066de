import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Where to leave a machine-readable report as well (.ci/run counts from it). */
const report = process.env['TEST_REPORT'];

// Threads and processes that tests start take the types out of the sources once.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/tests');

export default defineConfig({
  test: {
    include: ['{apps,libs}/*/src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts', 'strategies/**/*.test.ts'],
    environment: 'node',
    isolate: false,
    // Many tests wait for a process of their own: one worker less than cores, the default, leaves a small machine idle.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Half of the time-out of a test: the default, one second, is less than a busy machine may stand still.
    expect: { poll: { timeout: 30_000 } },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
