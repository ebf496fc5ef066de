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
    // Only what hangs reaches these: a test of several processes takes half a minute, and ten times that on a busy machine.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
