import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Real recorded days, when they lie beside the project. */
export const FLAT_FILES = resolve(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data/flatfiles');
export const hasFlatFiles = existsSync(FLAT_FILES);
