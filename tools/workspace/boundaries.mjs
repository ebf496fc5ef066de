// Fails when a package breaks the house plan: reads tags and dependencies from each package.json and the imports from its sources.
// Fast and without a project graph, for the inner loop; Nx's own rule runs beside it (eslint.config.mjs).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*['"]([^'"]+)['"]|import\s*\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;
/** `createRequire(...).resolve('name')`: a use that is no import. */
const RESOLVED = /\.resolve\(\s*['"]([^'".][^'"]*)['"]/g;
const root = resolve(process.argv[2] ?? '.');
/** What tests may use beyond their package's own dependencies: the root's devDependencies and the testkit. */
const dev = new Set(Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies ?? {}));

const packages = ['apps', 'libs'].flatMap((kind) =>
  readdirSync(join(root, kind)).map((dir) => {
    const folder = join(kind, dir);
    const json = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const tags = json.nx?.tags ?? [];
    const layer = tags.map((tag) => /^layer:(\d+)$/.exec(tag)?.[1]).find((found) => found !== undefined);
    const type = tags.find((tag) => tag.startsWith('type:'))?.slice(5);
    return {
      folder,
      name: json.name,
      type,
      layer: type === 'app' ? (json.nx?.name === 'cli' ? 11 : 10) : Number(layer ?? Number.NaN),
      deps: Object.keys(json.dependencies ?? {}),
    };
  }),
);
const byName = new Map(packages.map((pkg) => [pkg.name, pkg]));
const problems = [];
/** Tests, and the fixtures beside them that only tests import. */
const TEST_CODE = /\.test\.tsx?$|\/testing\//;

/** Why `from` may not use `to`, or undefined. */
function forbidden(from, to) {
  if (to.type === 'testing') return `${to.name} is for tests only`;
  if (to.type === 'adapter' && from.type !== 'app') return `${to.name} is an adapter: only apps may use it`;
  if (!(to.layer < from.layer)) return `layer ${from.layer} may not use ${to.name} (layer ${to.layer})`;
  return undefined;
}

function* sources(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

for (const pkg of packages) {
  if (!['app', 'lib', 'adapter', 'testing'].includes(pkg.type)) problems.push(`${pkg.folder}: no type tag`);
  if (Number.isNaN(pkg.layer)) problems.push(`${pkg.folder}: no layer tag`);
  for (const dep of pkg.deps) {
    const target = byName.get(dep);
    const why = target && pkg.type !== 'testing' && forbidden(pkg, target);
    if (why) problems.push(`${pkg.folder}/package.json: ${why}`);
  }
  const src = join(root, pkg.folder, 'src');
  if (!existsSync(join(src, 'index.ts'))) {
    problems.push(`${pkg.folder}: has no door (src/index.ts)`);
    continue;
  }
  const used = new Set();
  for (const file of sources(src)) {
    const where = relative(root, file);
    const isTest = pkg.type === 'testing' || TEST_CODE.test(where);
    const text = readFileSync(file, 'utf8');
    for (const [, name] of text.matchAll(RESOLVED)) used.add(name);
    for (const [, a, b, c] of text.matchAll(IMPORT)) {
      const spec = (a ?? b ?? c).split('?')[0];
      if (spec.startsWith('.')) {
        const target = relative(join(root, pkg.folder), resolve(file, '..', spec));
        if (target.startsWith('..')) problems.push(`${where}: ${spec} leaves the package`);
        if (!isTest && TEST_CODE.test(`/${target}`)) problems.push(`${where}: ${spec} is for tests only`);
        continue;
      }
      if (spec.startsWith('node:')) continue;
      const bare = spec
        .split('/')
        .slice(0, spec.startsWith('@') ? 2 : 1)
        .join('/');
      used.add(bare);
      const target = byName.get(bare);
      if (target && spec !== bare) problems.push(`${where}: ${spec} goes around the door of ${bare}`);
      if (target && isTest && target.type === 'testing') continue;
      if (isTest && dev.has(bare)) continue;
      const why = target && forbidden(pkg, target);
      if (why) problems.push(`${where}: ${why}`);
      else if (!pkg.deps.includes(bare)) problems.push(`${where}: ${bare} is not in ${pkg.folder}/package.json`);
    }
  }
  for (const dep of pkg.deps) {
    if (!used.has(dep)) problems.push(`${pkg.folder}/package.json: ${dep} is not used`);
  }
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`boundaries: ${packages.length} packages, no problem`);
