// Runs Nx's module boundary rule over the workspace and fails closed. The rule reads the cached project graph, and without
// one it skips itself and reports nothing, so three things are made sure of before "no problem" is believed:
// the graph is built anew here, it knows every package, and the rule objects to an import that must be wrong.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';

process.env['NX_DAEMON'] = 'false'; // the graph of this moment, not the one a background process last saw
const { createProjectGraphAsync } = await import('nx/src/devkit-exports.js');

const fail = (message) => {
  console.error(`nx boundaries: ${message}`);
  process.exit(1);
};

const root = process.cwd();
const folders = ['apps', 'libs'].flatMap((kind) => readdirSync(join(root, kind)).map((dir) => `${kind}/${dir}`));
const graph = await createProjectGraphAsync({ exitOnError: true });
const known = new Map(Object.values(graph.nodes).map((node) => [node.data.root, node]));
const missing = folders.filter((folder) => !known.has(folder));
if (missing.length > 0) fail(`the project graph does not know ${missing.join(', ')}`);

const eslint = new ESLint({ cwd: root });
const bottom = [...known.values()].find((node) => node.data.tags?.includes('layer:0'));
const app = [...known.values()].find((node) => node.data.tags?.includes('type:app'));
if (bottom === undefined || app === undefined) fail('no package is tagged layer:0, or none type:app');
const [planted] = await eslint.lintText(`import '${app.data.metadata?.js?.packageName ?? app.name}';\n`, {
  filePath: join(root, bottom.data.root, 'src/planted.ts'),
});
if (planted?.messages[0]?.ruleId !== '@nx/enforce-module-boundaries') {
  fail(`the rule is not at work: it let ${bottom.name} import ${app.name}`);
}

const results = await eslint.lintFiles(['{apps,libs}/*/src/**/*.{ts,tsx}']);
const problems = results.filter((result) => result.errorCount + result.warningCount > 0);
if (problems.length > 0) {
  const formatter = await eslint.loadFormatter('stylish');
  fail(await formatter.format(problems));
}
console.log(`nx boundaries: ${results.length} files of ${folders.length} packages, no problem`);
