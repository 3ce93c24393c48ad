const transform = {
  '^.+\\.(ts|mjs)$': [
    '@swc/jest',
    {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022', keepClassNames: true },
      module: { type: 'commonjs' },
      sourceMaps: 'inline',
    },
  ],
}

// Tests read the packages' sources, so they need no build.
const moduleNameMapper = {
  '^@knex-session/([\\w-]+)$': '<rootDir>/packages/$1/src/index.ts',
  '^@knex-session/core/dialect$': '<rootDir>/packages/core/src/dialect/index.ts',
  '^@knex-session/core/encryption$': '<rootDir>/packages/core/src/encryption.ts',
  '^@knex-session/core/migration$': '<rootDir>/packages/core/src/migration.ts',
  '^@knex-session/core/standalone$': '<rootDir>/packages/core/src/standalone.ts',
  '^@knex-session/core/compat$': '<rootDir>/packages/core/src/compat.ts',
  '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'],
}

/**
 * @param {string} displayName what --selectProjects takes
 * @param {string} directory
 * @param {string} [setup] what is prepared before: the servers this project's tests talk to, or the
 * packages as they are published
 * @param {object} [options]
 * @param {string} [options.teardown] what ends it
 * @param {string} [options.folder] of the tests
 */
const project = (
  displayName,
  directory,
  setup,
  { teardown = 'stop-servers', folder = 'test' } = {},
) => ({
  displayName,
  rootDir: import.meta.dirname,
  testMatch: [`<rootDir>/${directory}/${folder}/**/*.test.ts`],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/'],
  testEnvironment: 'node',
  transform,
  moduleNameMapper,
  ...(setup && {
    globalSetup: `<rootDir>/scripts/jest/${setup}.mjs`,
    globalTeardown: `<rootDir>/scripts/jest/${teardown}.mjs`,
  }),
})

// The slow tests, which `npm run test:extended` asks for.
const extended =
  process.env['KNEX_SESSION_EXTENDED'] === undefined
    ? []
    : [
        project('extended', 'tests', undefined, { folder: 'extended' }),
        project('mysql-extended', 'packages/dialect-mysql', 'start-mariadb', {
          folder: 'extended',
        }),
        project('cockroachdb-extended', 'packages/dialect-cockroachdb', 'start-postgres', {
          folder: 'extended',
        }),
        project('consumers-extended', 'tests/consumers', 'install-packages-for-servers', {
          teardown: 'remove-packages',
          folder: 'extended',
        }),
      ]

export default {
  maxWorkers: 2,
  testSequencer: '<rootDir>/scripts/jest/slowest-first.mjs',
  testTimeout: 60_000,
  projects: [
    ...extended,
    project('core', 'packages/core'),
    project('postgres', 'packages/dialect-postgres', 'start-postgres'),
    project('cockroachdb', 'packages/dialect-cockroachdb', 'start-postgres'),
    project('mysql', 'packages/dialect-mysql', 'start-mariadb'),
    project('sqlite', 'packages/dialect-sqlite', 'record-sqlite'),
    project('mssql', 'packages/dialect-mssql'),
    project('oracle', 'packages/dialect-oracle'),
    project('testkit', 'packages/dialect-testkit'),
    project('cli', 'packages/cli', 'start-every-server'),
    project('promises', 'tests', 'start-every-server', { folder: 'promises' }),
    project('switching', 'tests', 'start-every-server', { folder: 'switching' }),
    project('demo', 'examples/demo'),
    project('examples', 'examples'),
    project('consumers', 'tests/consumers', 'install-packages', { teardown: 'remove-packages' }),
    project('bench', 'bench'),
    project('scripts', 'scripts'),
  ],
}
