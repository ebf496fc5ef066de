// Gives every package in apps/ and libs/ its targets, so that no package needs a project.json.
// Format, lint, types and boundaries are checked for the whole workspace at once (package.json: nx.targets): that is faster.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const name = 'trading-agent-targets';
export const createNodes = [
  '{apps,libs}/*/package.json',
  (files, _options, context) =>
    files.map((file) => {
      const root = dirname(file);
      const targets = {
        test: {
          cache: true,
          command: `vitest run --passWithNoTests ${root}/`,
          inputs: ['default', '^production', '{workspaceRoot}/config/**/*', { env: 'TRADING_AGENT_SHARED' }],
        },
      };
      if (existsSync(join(context.workspaceRoot, root, 'src/main.ts'))) {
        targets.serve = { continuous: true, cache: false, command: `node --watch ${root}/src/main.ts` };
      }
      return [file, { projects: { [root]: { root, targets } } }];
    }),
];
