import { join } from 'node:path';

/** Vendor examples that lie beside the project; tests that need them skip where they are absent. */
export const PROTOCOLS = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data/protocols/alpaca');
