// Run as a process of its own by build.ts: Vite's compiler and what it sets in the environment stay out of the agent.
import { build } from 'vite';
import { pageConfig } from './page-config.ts';

const [outDir] = process.argv.slice(2);
if (outDir === undefined) throw new Error('Expected the output folder as the only argument');
await build({ ...pageConfig, build: { ...pageConfig.build, outDir } });
