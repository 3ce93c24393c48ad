import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import globals from 'globals'
import tseslint from 'typescript-eslint'

// Law 1: in the core no dialect or client name decides anything.
const dialectNames = [
  ...['pg', 'postgres', 'postgresql', 'pgnative', 'cockroachdb', 'redshift'],
  ...['mysql', 'mysql2', 'mariadb'],
  ...['better-sqlite3', 'sqlite3', 'sqlite'],
  ...['mssql', 'oracle', 'oracledb'],
]
// As a word of its own: packages of others, such as connect-pg-simple, have longer names.
const named = `/(?<![\\w@/-])(${dialectNames.join('|')})(?![\\w/-])/i`
const message =
  'The core knows no database: ask the dialect adapter. A hint of what to install belongs in dialect/install-hints.ts.'
// What dependency-cruiser does not see: a room is entered by `import … from` only.
const hiddenImports = [
  'Identifier[name=/^(createRequire|require)$/]',
  // One of a plain text it does see.
  'ImportExpression:not([source.type="Literal"])',
  'TSExternalModuleReference',
].map((selector) => ({
  selector,
  message: "Write `import … from './file.js'`, so that the guard of core's rooms sees it.",
}))

export default defineConfig(
  // What the example of NestJS imports is not installed here.
  { ignores: ['**/dist/', '**/coverage/', '**/node_modules/', 'examples/nestjs/'] },
  js.configs.recommended,
  {
    files: ['**/*.{mjs,cjs,js}'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['examples/*/public/**/*.js'],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // express-session's Store declares callbacks only; ours returns a promise to whoever gives
      // none.
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { inheritedMethods: false } },
      ],
      // What a caught promise or a callback of a driver hands over is passed on as it is.
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
    },
  },
  {
    files: ['packages/core/src/**/*.ts'],
    ignores: ['packages/core/src/dialect/install-hints.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: `Literal[value=${named}]`, message },
        { selector: `TemplateElement[value.cooked=${named}]`, message },
        { selector: `Property > Identifier.key[name=${named}]`, message },
        ...hiddenImports,
      ],
    },
  },
  {
    // Tests hand wrong values on purpose, and reach into what jest leaves untyped.
    files: ['**/test/**/*.ts', 'tests/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-deprecated': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
)
