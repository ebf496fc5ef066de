import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PlantedWorkspace, plantedWorkspace } from './planted-workspace.ts';

// The rules are only worth what they catch: each fault is planted in a copy of the workspace and must be seen.
describe('lint set-up', () => {
  let workspace: PlantedWorkspace;
  beforeAll(() => {
    workspace = plantedWorkspace();
  });
  afterEach(() => workspace.undo());
  afterAll(() => workspace.remove());

  it('a clean workspace passes all of it', () => {
    expect(workspace.boundaries()).toMatchObject({ exitCode: 0, output: expect.stringContaining('no problem') });
    expect(workspace.nxBoundaries()).toMatchObject({ exitCode: 0, output: expect.stringContaining('no problem') });
    expect(workspace.oxlint()).toMatchObject({ exitCode: 0, output: expect.stringContaining('0 errors') });
  });

  describe.each([
    {
      fault: 'a library imports from a higher layer',
      folder: 'libs/pricing',
      imports: '@trading-agent/engine',
      script: 'layer 2 may not use @trading-agent/engine (layer 7)',
      rule: 'A project tagged with "layer:2" can only depend on libs tagged with',
    },
    {
      fault: 'a library imports from its own layer',
      folder: 'libs/calendar',
      imports: '@trading-agent/instruments',
      script: 'layer 1 may not use @trading-agent/instruments (layer 1)',
      rule: 'A project tagged with "layer:1" can only depend on libs tagged with',
    },
    {
      fault: 'a library imports an app',
      folder: 'libs/backtest',
      imports: '@trading-agent/live-agent',
      script: 'layer 8 may not use @trading-agent/live-agent (layer 10)',
      rule: 'A project tagged with "layer:8" can only depend on libs tagged with',
    },
    {
      fault: 'a library imports an adapter',
      folder: 'libs/engine',
      imports: '@trading-agent/alpaca',
      script: '@trading-agent/alpaca is an adapter: only apps may use it',
      rule: 'can only depend on libs tagged with',
    },
    {
      fault: 'an app imports another app',
      folder: 'apps/trainer',
      imports: '@trading-agent/live-agent',
      script: 'layer 10 may not use @trading-agent/live-agent (layer 10)',
      rule: 'A project tagged with "type:app" and "scope:service" can only depend on libs tagged with',
    },
    {
      fault: 'code that runs in production imports the testkit',
      folder: 'libs/jobs',
      imports: '@trading-agent/testkit',
      script: '@trading-agent/testkit is for tests only',
      rule: 'can only depend on libs tagged with',
    },
  ])('$fault', ({ folder, imports, script, rule }) => {
    const file = `${folder}/src/planted.ts`;
    const plant = (): void => {
      const text = `import { door } from '${imports}';\n\nexport const planted = door;\n`;
      workspace.plant({ [file]: text }, { [folder]: [imports] });
    };

    it('fails the boundary script', () => {
      plant();
      const { exitCode, output } = workspace.boundaries();
      expect(output).toContain(`${file}: ${script}`);
      expect(output).toContain(`${folder}/package.json: ${script}`);
      expect(exitCode).toBe(1);
    });

    it("fails Nx's rule", () => {
      plant();
      const { exitCode, output } = workspace.nxBoundaries();
      expect(output).toContain(file);
      expect(output).toContain(rule);
      expect(exitCode).toBe(1);
    });
  });

  it.each([
    ['around the door of a package', "import '@trading-agent/core/src/money.ts';\n", 'goes around the door of'],
    ['out of the package by a path', "import '../../core/src/index.ts';\n", 'leaves the package'],
    ['of a package that is not declared', "import 'left-pad';\n", 'left-pad is not in libs/pricing/package.json'],
    ['of test fixtures', "import './testing/fixture.ts';\n", 'is for tests only'],
  ])('an import %s fails the boundary script', (_what, text, message) => {
    workspace.plant({ 'libs/pricing/src/planted.ts': text });
    const { exitCode, output } = workspace.boundaries();
    expect(output).toContain('libs/pricing/src/planted.ts: ');
    expect(output).toContain(message);
    expect(exitCode).toBe(1);
  });

  it('a declared dependency that nothing uses fails the boundary script', () => {
    workspace.plant({}, { 'libs/pricing': ['@trading-agent/core'] });
    const { exitCode, output } = workspace.boundaries();
    expect(output).toContain('libs/pricing/package.json: @trading-agent/core is not used');
    expect(exitCode).toBe(1);
  });

  it('a test may use the testkit, even of a package that the testkit uses', () => {
    workspace.plant(
      {
        'libs/broker/src/planted.test.ts':
          "import { door } from '@trading-agent/testkit';\n\nexport const used = door;\n",
        'libs/testkit/src/planted.ts': "import { door } from '@trading-agent/broker';\n\nexport const used = door;\n",
      },
      { 'libs/testkit': ['@trading-agent/broker'] },
    );
    expect(workspace.boundaries()).toMatchObject({ exitCode: 0, output: expect.stringContaining('no problem') });
    expect(workspace.nxBoundaries()).toMatchObject({ exitCode: 0, output: expect.stringContaining('no problem') });
  });

  it("Nx's rule builds its graph when none is cached", () => {
    workspace.forgetGraph();
    workspace.plant(
      { 'libs/pricing/src/planted.ts': "import '@trading-agent/engine';\n" },
      { 'libs/pricing': ['@trading-agent/engine'] },
    );
    expect(workspace.nxBoundaries()).toMatchObject({ exitCode: 1, output: expect.stringContaining('planted.ts') });
  });

  it("a package that Nx's graph does not know fails instead of being skipped", () => {
    workspace.plant({ 'libs/unheard-of/src/index.ts': 'export const door = true;\n' });
    const { exitCode, output } = workspace.nxBoundaries();
    expect(output).toContain('the project graph does not know libs/unheard-of');
    expect(exitCode).toBe(1);
  });

  it("Nx's rule switched off fails instead of passing", () => {
    workspace.plant({ 'eslint.config.js': 'export default [{ rules: {} }];\n' });
    const { exitCode, output } = workspace.nxBoundaries();
    expect(output).toContain('the rule is not at work');
    expect(exitCode).toBe(1);
  });

  describe('oxlint', () => {
    const faults = [
      {
        rule: 'import(no-cycle)',
        text: "import { two } from './two.ts';\n\nexport const one = (): number => two();\n",
      },
      {
        rule: 'typescript(no-floating-promises)',
        text: 'export function go(send: () => Promise<void>): void {\n  send();\n}\n',
      },
      { rule: 'typescript(no-explicit-any)', text: 'export const one = (value: any): unknown => value;\n' },
      {
        rule: 'typescript(no-non-null-assertion)',
        text: 'export const one = (value: string | null): string => value!;\n',
      },
      { rule: 'eslint(no-console)', text: "console.log('priced');\n" },
      {
        rule: 'determinism(injected)',
        text: "import { env } from 'node:process';\n\nexport const one: unknown = env;\n",
      },
      ...['Date.now()', 'new Date()', 'Math.random()', "process.env['ZONE']", 'globalThis.Date.now()'].map(
        (ambient) => ({
          rule: 'determinism(injected)',
          text: `export const one: unknown = ${ambient};\n`,
        }),
      ),
    ];
    const packageOf = (index: number): string => `libs/pricing/src/fault-${index}`;
    let output = '';
    let exitCode: number | null = null;
    beforeAll(() => {
      const two = "import { one } from './one.ts';\n\nexport const two = (): number => one();\n";
      workspace.plant({
        ...Object.fromEntries(faults.map(({ text }, index) => [`${packageOf(index)}/one.ts`, text])),
        [`${packageOf(0)}/two.ts`]: two,
      });
      ({ output, exitCode } = workspace.oxlint('--format=unix'));
      workspace.undo();
    });

    it.each(faults.map((fault, index) => ({ ...fault, index })))('refuses $text by $rule', ({ rule, index }) => {
      const complaints = output.split('\n').filter((line) => line.includes(`${packageOf(index)}/one.ts:`));
      expect(complaints.join('\n')).toContain(rule);
      expect(exitCode).toBe(1);
    });
  });

  it('the wall clock and the environment are allowed where they enter: core, config, apps', () => {
    const text = "export const one: unknown = [Date.now(), new Date(), process.env['ZONE']];\n";
    workspace.plant(Object.fromEntries(['libs/core', 'libs/config', 'apps/cli'].map((f) => [`${f}/src/one.ts`, text])));
    expect(workspace.oxlint()).toMatchObject({ exitCode: 0, output: expect.stringContaining('0 errors') });
  });

  it('a date from a number is no wall clock', () => {
    workspace.plant({ 'libs/pricing/src/one.ts': 'export const one = (at: number): Date => new Date(at);\n' });
    expect(workspace.oxlint()).toMatchObject({ exitCode: 0, output: expect.stringContaining('0 errors') });
  });
});
