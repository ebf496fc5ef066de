import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, type PlantedWorkspace, plantedWorkspace } from './planted-workspace.ts';

// The rules are only worth what they catch: each fault is planted in a copy of the workspace and must be seen.
describe('lint set-up', () => {
  let workspace: PlantedWorkspace;
  beforeAll(() => {
    workspace = plantedWorkspace();
  });
  afterEach(() => workspace.undo());
  afterAll(() => workspace.remove());

  it('what is allowed passes all of it', () => {
    workspace.plant(
      {
        // A test may use the testkit, even of a package that the testkit uses.
        'libs/broker/src/planted.test.ts':
          "import { door } from '@trading-agent/testkit';\n\nexport const used = door;\n",
        'libs/testkit/src/planted.ts': "import { door } from '@trading-agent/broker';\n\nexport const used = door;\n",
        // The wall clock and the environment are allowed where they enter.
        ...Object.fromEntries(
          ['libs/core', 'libs/config', 'apps/cli'].map((folder) => [
            `${folder}/src/one.ts`,
            "export const one: unknown = [Date.now(), new Date(), process.env['ZONE']];\n",
          ]),
        ),
        // A date from a number is no wall clock.
        'libs/pricing/src/one.ts': 'export const one = (at: number): Date => new Date(at);\n',
      },
      { 'libs/testkit': ['@trading-agent/broker'] },
    );
    expect(workspace.boundaries()).toMatchObject({ exitCode: 0, output: expect.stringContaining('no problem') });
    expect(workspace.nxBoundaries()).toMatchObject({ exitCode: 0, output: expect.stringContaining('no problem') });
    expect(workspace.oxlint()).toMatchObject({ exitCode: 0, output: expect.stringContaining('0 errors') });
  });

  describe('what a package may use', () => {
    const faults = [
      {
        fault: 'a library imports from a higher layer',
        folder: 'libs/pricing',
        imports: '@trading-agent/engine',
        words: {
          script: 'layer 2 may not use @trading-agent/engine (layer 7)',
          rule: 'A project tagged with "layer:2" can only depend on libs tagged with',
        },
      },
      {
        fault: 'a library imports from its own layer',
        folder: 'libs/calendar',
        imports: '@trading-agent/instruments',
        words: {
          script: 'layer 1 may not use @trading-agent/instruments (layer 1)',
          rule: 'A project tagged with "layer:1" can only depend on libs tagged with',
        },
      },
      {
        fault: 'a library imports an app',
        folder: 'libs/backtest',
        imports: '@trading-agent/live-agent',
        words: {
          script: 'layer 8 may not use @trading-agent/live-agent (layer 10)',
          rule: 'A project tagged with "layer:8" can only depend on libs tagged with',
        },
      },
      {
        fault: 'a library imports an adapter',
        folder: 'libs/engine',
        imports: '@trading-agent/alpaca',
        words: {
          script: '@trading-agent/alpaca is an adapter: only apps may use it',
          rule: 'can only depend on libs tagged with',
        },
      },
      {
        fault: 'an app imports another app',
        folder: 'apps/trainer',
        imports: '@trading-agent/live-agent',
        words: {
          script: 'layer 10 may not use @trading-agent/live-agent (layer 10)',
          rule: 'A project tagged with "type:app" and "scope:service" can only depend on libs tagged with',
        },
      },
      {
        fault: 'code that runs in production imports the testkit',
        folder: 'libs/jobs',
        imports: '@trading-agent/testkit',
        words: { script: '@trading-agent/testkit is for tests only', rule: 'can only depend on libs tagged with' },
      },
    ];
    const fileOf = (folder: string): string => `${folder}/src/planted.ts`;
    let script: Outcome;
    let rule: Outcome;
    // All at once: a project graph costs seconds, and each fault is told by its own file.
    beforeAll(() => {
      // Nx's rule skips itself where no graph is cached: it is built.
      workspace.forgetGraph();
      workspace.plant(
        Object.fromEntries(
          faults.map(({ folder, imports }) => [
            fileOf(folder),
            `import { door } from '${imports}';\n\nexport const planted = door;\n`,
          ]),
        ),
        Object.fromEntries(faults.map(({ folder, imports }) => [folder, [imports]])),
      );
      script = workspace.boundaries();
      rule = workspace.nxBoundaries();
      workspace.undo();
    });

    it.each(faults)('the boundary script refuses that $fault', ({ folder, words }) => {
      expect(script.output).toContain(`${fileOf(folder)}: ${words.script}`);
      expect(script.output).toContain(`${folder}/package.json: ${words.script}`);
      expect(script.exitCode).toBe(1);
    });

    it.each(faults)("Nx's rule refuses that $fault", ({ folder, words }) => {
      const [, complaint] = rule.output.split(`${fileOf(folder)}\n`);
      expect(complaint?.split('\n\n')[0]).toContain(words.rule);
      expect(rule.exitCode).toBe(1);
    });

    it('nothing else is refused', () => {
      expect(rule.output.match(/\/src\/\S+\.tsx?$/gm)).toHaveLength(faults.length);
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
});
