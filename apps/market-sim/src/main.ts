import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Types are taken out of a source once, not at every start. Where the folder can't be written, as before.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/agent', import.meta.url)));
const { runMarketSim } = await import('./program.ts');

await runMarketSim(process.argv.slice(2));
