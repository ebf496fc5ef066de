import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const PROJECT = resolve(import.meta.dirname, '../..');

interface PackageFile {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (path: string): PackageFile => {
  const json: PackageFile = JSON.parse(readFileSync(join(PROJECT, path), 'utf8'));
  return json;
};

/** `name version` of everything that the package files name and that is not ours; an alias counts as the version it stands for. */
function named(): ReadonlySet<string> {
  const folders = ['apps', 'libs'].flatMap((kind) => readdirSync(join(PROJECT, kind)).map((dir) => `${kind}/${dir}/`));
  const entries = ['', ...folders].flatMap((folder) => {
    const { dependencies = {}, devDependencies = {} } = read(`${folder}package.json`);
    return [...Object.entries(dependencies), ...Object.entries(devDependencies)];
  });
  return new Set(
    entries
      .filter(([name]) => !name.startsWith('@trading-agent/'))
      .map(([name, version]) => `${name} ${version.replace(/^npm:.*@/, '')}`),
  );
}

/** The same from the first two columns of the tables in docs/dependencies.md. */
function documented(): ReadonlySet<string> {
  const rows = readFileSync(join(PROJECT, 'docs/dependencies.md'), 'utf8').matchAll(
    /^\| ([^\s|]+) +\| ([^\s|]+) +\|/gm,
  );
  return new Set([...rows].map(([, name, version]) => `${name} ${version}`).filter((row) => /\d/.test(row)));
}

describe('docs/dependencies.md', () => {
  it('names every dependency with the version in use, and nothing else', () => {
    expect([...documented()].sort()).toEqual([...named()].sort());
  });

  it('two packages that use the same library use the same version', () => {
    const names = [...named()].map((row) => row.split(' ')[0]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
