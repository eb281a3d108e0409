import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may import whom (docs/architecture.md). A library imports no other, but the
 * testbed its nodes; apps import all; nobody imports apps. */
const libraryRules = (testDependencies) => [
  ...['gogs', 'device', 'flash', 'firmware', 'fleet'].map((scope) => ({
    sourceTag: `scope:${scope}`,
    onlyDependOnLibsWithTags: [`scope:${scope}`, ...testDependencies],
  })),
  { sourceTag: 'scope:testbed', onlyDependOnLibsWithTags: ['scope:testbed', 'scope:virtual-device'] },
  { sourceTag: 'scope:virtual-device', onlyDependOnLibsWithTags: ['scope:virtual-device'] },
];

const boundaries = (depConstraints) => [
  'error',
  {
    enforceBuildableLibDependency: true,
    allow: ['^.*/vitest\\.shared\\.mts$', '^.*/scripts/test-support/'],
    banTransitiveDependencies: true,
    // The CLI loads libraries where they are used; that must not forbid the rest of it, and tests, to import them.
    checkDynamicDependenciesExceptions: ['@ota/.*'],
    depConstraints,
  },
];

export default tseslint.config(
  { ignores: ['**/out-tsc', '**/dist', '**/coverage', '**/.nx', '.publish', 'benchmarks/results'] },
  ...tseslint.configs.strictTypeChecked,
  {
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@nx/enforce-module-boundaries': boundaries([
        ...libraryRules([]),
        { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:lib', 'type:testing'] },
      ]),
    },
  },
  {
    files: ['**/test/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaries([
        ...libraryRules(['type:testing']),
        { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:lib', 'type:testing', 'type:app'] },
      ]),
    },
  },
  { files: ['**/*.mjs', '**/*.mts'], extends: [tseslint.configs.disableTypeChecked] },
);
