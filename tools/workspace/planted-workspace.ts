import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');
const ROOT_FILES = [
  'package.json',
  'package-lock.json',
  'nx.json',
  'eslint.config.mjs',
  '.oxlintrc.json',
  '.gitignore',
];
const TOOLS = { node: 'node', oxlint: 'oxlint' } as const;
const TIMEOUT_MS = 240_000;

export interface Outcome {
  readonly exitCode: number | null;
  /** Standard output and error together. */
  readonly output: string;
}

/** A copy of this workspace's skeleton in a temporary folder: real tags and real rules over packages that are empty but for a door. */
export interface PlantedWorkspace {
  /** Writes files (path -> text) and gives their packages the named dependencies; `undo` puts everything back. */
  plant(files: Readonly<Record<string, string>>, dependencies?: Readonly<Record<string, readonly string[]>>): void;
  undo(): void;
  /** Removes the project graph that Nx keeps. */
  forgetGraph(): void;
  /** The fast script on tags and package files. */
  boundaries(): Outcome;
  /** Nx's own rule with a project graph. */
  nxBoundaries(): Outcome;
  oxlint(...options: readonly string[]): Outcome;
  remove(): void;
}

interface PackageFile {
  name: string;
  dependencies: Record<string, string>;
  [key: string]: unknown;
}

const readPackage = (path: string): PackageFile => {
  const json: PackageFile = JSON.parse(readFileSync(path, 'utf8'));
  return json;
};
const DOOR = 'export const door = true;\n';

export function plantedWorkspace(): PlantedWorkspace {
  const root = mkdtempSync(join(tmpdir(), 'workspace-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const writePackage = (folder: string, dependencies: readonly string[]): void => {
    const json = readPackage(join(PROJECT, folder, 'package.json'));
    json.dependencies = Object.fromEntries(dependencies.map((name) => [name, '*']));
    write(`${folder}/package.json`, JSON.stringify(json));
  };

  for (const file of [...ROOT_FILES, ...readdirSync(PROJECT).filter((name) => /^tsconfig.*\.json$/.test(name))]) {
    cpSync(join(PROJECT, file), join(root, file));
  }
  cpSync(join(PROJECT, 'tools/workspace'), join(root, 'tools/workspace'), {
    recursive: true,
    filter: (path) => !path.endsWith('.ts'),
  });
  mkdirSync(join(root, 'node_modules/@trading-agent'), { recursive: true });
  for (const name of readdirSync(join(PROJECT, 'node_modules'))) {
    if (name === '@trading-agent' || name === '.package-lock.json') continue;
    symlinkSync(join(PROJECT, 'node_modules', name), join(root, 'node_modules', name));
  }
  for (const kind of ['apps', 'libs']) {
    for (const dir of readdirSync(join(PROJECT, kind))) {
      const folder = `${kind}/${dir}`;
      writePackage(folder, []);
      write(`${folder}/src/index.ts`, DOOR);
      symlinkSync(join(root, folder), join(root, 'node_modules', readPackage(join(root, folder, 'package.json')).name));
    }
  }

  // Nx must see this workspace, not the one whose test is running.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NX_')));
  const run = (tool: keyof typeof TOOLS, ...args: string[]): Outcome => {
    const { status, stdout, stderr } = spawnSync(join(PROJECT, 'node_modules/.bin', TOOLS[tool]), args, {
      cwd: root,
      encoding: 'utf8',
      env: { ...env, NX_DAEMON: 'false', NO_COLOR: '1', CI: 'true' },
      timeout: TIMEOUT_MS,
    });
    return { exitCode: status, output: stdout + stderr };
  };

  let planted: string[] = [];
  let touched: string[] = [];
  return {
    plant(files, dependencies = {}) {
      for (const [path, text] of Object.entries(files)) {
        write(path, text);
        planted.push(path);
      }
      for (const [folder, names] of Object.entries(dependencies)) {
        writePackage(folder, names);
        touched.push(folder);
      }
    },
    undo() {
      for (const path of planted) {
        rmSync(join(root, path), { force: true });
        const folder = path.split('/').slice(0, 2).join('/');
        if (path.includes('/src/') && !existsSync(join(PROJECT, folder)))
          rmSync(join(root, folder), { recursive: true });
      }
      for (const folder of touched) writePackage(folder, []);
      planted = [];
      touched = [];
    },
    forgetGraph: () => rmSync(join(root, '.nx'), { recursive: true, force: true }),
    boundaries: () => run('node', 'tools/workspace/boundaries.mjs'),
    nxBoundaries: () => run('node', 'tools/workspace/nx-boundaries.mjs'),
    oxlint: (...options) => run('oxlint', '--deny-warnings', ...options, '.'),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
