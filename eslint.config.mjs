// One rule only: Nx's module boundaries on the tags of each package.json. All other linting is oxlint's (.oxlintrc.json).
import nx from '@nx/eslint-plugin';
import { parser } from 'typescript-eslint';

const below = (layer) => Array.from({ length: layer }, (_, index) => `layer:${index}`);
const layers = Array.from({ length: 9 }, (_, layer) => ({ sourceTag: `layer:${layer}`, onlyDependOnLibsWithTags: below(layer) }));
const boundaries = (constraints) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    { enforceBuildableLibDependency: false, allow: [], banTransitiveDependencies: false, depConstraints: constraints },
  ],
});

export default [
  { ignores: ['**/dist/**', '**/node_modules/**', '**/coverage/**'] },
  {
    files: ['{apps,libs}/*/src/**/*.{ts,tsx}'],
    plugins: { '@nx': nx },
    languageOptions: { parser },
    rules: boundaries([
      ...layers,
      { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
      { sourceTag: 'type:adapter', onlyDependOnLibsWithTags: ['type:lib'] },
      { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:lib'] },
      { allSourceTags: ['type:app', 'scope:service'], onlyDependOnLibsWithTags: ['type:lib', 'type:adapter'] },
      { allSourceTags: ['type:app', 'scope:cli'], onlyDependOnLibsWithTags: ['type:lib', 'type:adapter', 'scope:service'] },
    ]),
  },
  {
    // Tests may use the testkit besides what their package may use.
    files: ['{apps,libs}/*/src/**/*.test.{ts,tsx}'],
    rules: boundaries([
      { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib', 'type:testing'] },
      { sourceTag: 'type:adapter', onlyDependOnLibsWithTags: ['type:lib', 'type:testing'] },
      { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:lib'] },
      { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:lib', 'type:adapter', 'type:testing', 'scope:service'] },
    ]),
  },
];
