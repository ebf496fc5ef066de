// One rule only: Nx's module boundaries on the tags of each package.json. All other linting is oxlint's (.oxlintrc.json).
// tools/workspace/nx-boundaries.mjs runs it, because the rule skips itself when no project graph is cached.
import nx from '@nx/eslint-plugin';
import { parser } from 'typescript-eslint';

const LAYERS = 9;

/** What each kind of package may use; `also` adds tags for code that only tests run. */
const constraints = (also = []) => [
  ...Array.from({ length: LAYERS }, (_, layer) => ({
    sourceTag: `layer:${layer}`,
    onlyDependOnLibsWithTags: [...Array.from({ length: layer }, (__, below) => `layer:${below}`), ...also],
  })),
  { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib', ...also] },
  { sourceTag: 'type:adapter', onlyDependOnLibsWithTags: ['type:lib', ...also] },
  { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:lib'] },
  { allSourceTags: ['type:app', 'scope:service'], onlyDependOnLibsWithTags: ['type:lib', 'type:adapter', ...also] },
  {
    allSourceTags: ['type:app', 'scope:cli'],
    onlyDependOnLibsWithTags: ['type:lib', 'type:adapter', 'scope:service', ...also],
  },
];

const boundaries = (depConstraints) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      enforceBuildableLibDependency: false,
      allow: [],
      banTransitiveDependencies: false,
      // Tests of a package may use the testkit although the testkit uses the package. Layers make all other circles impossible.
      ignoredCircularDependencies: [['tag:type:testing', 'tag:type:lib']],
      depConstraints,
    },
  ],
});

export default [
  { ignores: ['**/dist/**', '**/node_modules/**', '**/coverage/**'] },
  {
    files: ['{apps,libs}/*/src/**/*.{ts,tsx}'],
    plugins: { '@nx': nx },
    languageOptions: { parser, parserOptions: { ecmaFeatures: { jsx: true } } },
    rules: boundaries(constraints()),
  },
  {
    // Tests, and the fixtures in testing/ that only tests may import (boundaries.mjs), may use the testkit as well.
    files: ['{apps,libs}/*/src/**/*.test.{ts,tsx}', '{apps,libs}/*/src/**/testing/**/*.{ts,tsx}'],
    rules: boundaries(constraints(['type:testing'])),
  },
];
