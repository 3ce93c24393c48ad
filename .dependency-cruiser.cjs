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
  store: ['store', 'options/options', 'session-lists', 'sessions-of'],
  delivery: ['delivery'],
  table: ['gateway', 'setup/setup', 'prune/prune', 'lists', 'former', 'stored'],
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

const rooms = Object.keys(imports)
/** The folders within rooms. */
const parts = ['session/conflicts', 'store/options', 'table/setup', 'table/prune']
const ground = `^${core}/(errors|time)\\.ts$`
const files = (room) => `^${core}/${room}/(${faces[room].join('|')})\\.ts$`

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
        'Core holds its rooms, the ground (errors.ts, time.ts) and its entries, and nothing else.',
      severity: 'error',
      from: {
        path: `^${core}/`,
        pathNot: `^${core}/((${[...rooms, ...parts].join('|')})/[\\w-]+|errors|time|index|compat|encryption)\\.ts$`,
      },
      to: {},
    },
    {
      name: 'ground-imports-nothing',
      comment: 'errors.ts and time.ts import nothing of core.',
      severity: 'error',
      from: { path: ground },
      to: { path: `^${core}` },
    },
    ...rooms.map((room) => ({
      name: `${room}-imports`,
      comment: `The room ${room} imports ${[...imports[room], 'errors.ts', 'time.ts'].join(', ')}, each by its public files.`,
      severity: 'error',
      from: { path: `^${core}/${room}/` },
      to: { path: `^${core}`, pathNot: [`^${core}/${room}/`, ground, ...imports[room].map(files)] },
    })),
    {
      name: 'entries-import-public-files',
      comment: 'index.ts, compat.ts and encryption.ts hand out what the rooms make public.',
      severity: 'error',
      from: { path: `^${core}/(index|compat|encryption)\\.ts$` },
      to: { path: `^${core}`, pathNot: [ground, ...rooms.map(files)] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    includeOnly: `^${core}`,
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import'] },
  },
}
