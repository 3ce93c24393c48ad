// The rooms of core, and which may import which: docs/architecture.md draws the same.

const core = 'packages/core/src'

/** What a room may import beside itself and the ground. */
const imports = {
  store: ['delivery', 'table', 'coalescer', 'session', 'dialect'],
  delivery: ['table', 'coalescer', 'session', 'dialect'],
  table: ['statement', 'session', 'dialect'],
  statement: ['dialect'],
  session: ['dialect'],
  coalescer: [],
  dialect: [],
}

/** The files of a room that the others may import. */
const faces = {
  store: [
    'store',
    'parts',
    'options/options',
    'options/resolve',
    'options/table',
    'session-lists',
    'sessions-of',
  ],
  delivery: ['delivery'],
  table: [
    'gateway',
    'setup/setup',
    'setup/migration',
    'prune/expired-rows',
    'prune/prune',
    'lists',
    'updates',
  ],
  statement: ['runner', 'statement-maker'],
  session: [
    'sid',
    'payload',
    'expiry',
    'promises',
    'loaded',
    'rows',
    'conflicts/change',
    'conflicts/merge',
    'conflicts/merge-top-level',
    'stored-id',
    'user',
    'writes',
  ],
  coalescer: ['coalescer', 'entrance'],
  dialect: ['index', 'install-hints', 'table'],
}

/** The packages that core imports: where from, and where from more than their types. */
const packages = {
  knex: {
    types: '(store|table|statement)/|(compat|migration)\\.',
    values: 'store/options/open-database\\.',
  },
  'express-session': {
    types: '(store|session)/|(compat|encryption|express-session)\\.',
    values: 'express-session\\.',
  },
}
const builtIn =
  'async_hooks|crypto|diagnostics_channel|events|perf_hooks|process|timers|timers/promises|util'

const rooms = Object.keys(imports)
/** The files beside the rooms, most of them entries of the package, and what each may import. */
const entries = {
  index: ['store', 'delivery', 'session', 'standalone', 'express-session'],
  compat: ['express-session'],
  'express-session': ['store', 'standalone'],
  standalone: ['store', 'session'],
  encryption: ['session'],
  migration: ['store/options', 'table', 'dialect'],
}
const anyEntry = Object.keys(entries).join('|')
/** The folders within rooms. */
const parts = ['dialect/values', 'session/conflicts', 'store/options', 'table/setup', 'table/prune']
const ground = `^${core}/(diagnostics|errors|time)\\.ts$`
const files = (room) => `^${core}/${room}/(${faces[room].join('|')})\\.ts$`
/** What an entry may import of a room, of a part of one, or of another entry. */
const reached = (name) =>
  entries[name] ? `^${core}/${name}\\.ts$` : faces[name] ? files(name) : `^${core}/${name}/`
/** A package, whether it is found in node_modules or not at all. */
const inPackage = (name) => `(^|node_modules/)${name}(/|$)`

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Core has no circle of imports.',
      severity: 'error',
      from: { path: `^${core}` },
      to: { circular: true },
    },
    {
      name: 'only-rooms',
      comment:
        'Core holds its rooms, the ground (diagnostics.ts, errors.ts, time.ts) and its entries, and nothing else.',
      severity: 'error',
      from: {
        path: `^${core}/`,
        pathNot: `^${core}/((${[...rooms, ...parts].join('|')})/[\\w-]+|diagnostics|errors|time|${anyEntry})\\.ts$`,
      },
      to: {},
    },
    {
      name: 'ground-imports-nothing',
      comment: 'diagnostics.ts, errors.ts and time.ts import nothing of core.',
      severity: 'error',
      from: { path: ground },
      to: { path: `^${core}` },
    },
    ...rooms.map((room) => ({
      name: `${room}-imports`,
      comment: `The room ${room} imports ${[...imports[room], 'diagnostics.ts', 'errors.ts', 'time.ts'].join(', ')}, each by its public files.`,
      severity: 'error',
      from: { path: `^${core}/${room}/` },
      to: { path: `^${core}`, pathNot: [`^${core}/${room}/`, ground, ...imports[room].map(files)] },
    })),
    ...Object.entries(entries).map(([entry, names]) => ({
      name: `${entry}-imports`,
      comment: `${entry}.ts imports public files of ${names.join(', ')}, and the ground.`,
      severity: 'error',
      from: { path: `^${core}/${entry}\\.ts$` },
      to: { path: `^${core}`, pathNot: [ground, ...names.map(reached)] },
    })),
    {
      name: 'only-these-packages',
      comment: `Core imports ${Object.keys(packages).join(', ')} and a few of Node.js' own modules, and no file of its own by the name of its package.`,
      severity: 'error',
      from: { path: `^${core}/` },
      to: {
        path: '.',
        pathNot: [`^${core}/`, ...Object.keys(packages).map(inPackage), `^(node:)?(${builtIn})$`],
      },
    },
    ...Object.entries(packages).flatMap(([name, { types, values }]) => [
      {
        name: `types-of-${name}`,
        comment: `Only the rooms that have to do with ${name} know it.`,
        severity: 'error',
        from: { path: `^${core}/`, pathNot: `^${core}/(${types})` },
        to: { path: inPackage(name) },
      },
      {
        name: `values-of-${name}`,
        comment: `What ${name} does is called in one place.`,
        severity: 'error',
        from: { path: `^${core}/`, pathNot: `^${core}/(${values})` },
        to: { path: inPackage(name), dependencyTypesNot: ['type-only'] },
      },
    ]),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import'] },
  },
}
