import { sqlite } from '@knex-session/dialect-sqlite'
import { addedColumns, migrations } from '../../src/laws/migrations.js'
import { tableSetup } from '../../src/laws/table-setup.js'
import { createEdited, describeBreaks } from './breaking.js'

const title = (law: string) => `a migration: ${law}`
const added = (law: string) => `a migration that adds columns: ${law}`

describeBreaks('migrations', [
  {
    how: 'has other statements where no server is known',
    parts: {
      createTable: (table, server) =>
        sqlite.createTable(table, server).slice(server['salt'] === undefined ? 1 : 0),
    },
    concerns: [tableSetup],
    laws: ['the table: can be made by the statements of the error that says it is not there'],
  },
  {
    how: 'makes the table without a column',
    parts: { createTable: createEdited((sql) => sql.replace(', `user_id` varchar(255)', '')) },
    concerns: [migrations],
    laws: [
      title('makes the table, removes it and makes it again, each once, and a store works on it'),
    ],
  },
  {
    how: 'commits when it makes the table',
    parts: {
      createTable: (...given) => [...sqlite.createTable(...given), { sql: 'commit', bindings: [] }],
    },
    concerns: [migrations],
    laws: [
      title('makes the table, removes it and makes it again, each once, and a store works on it'),
    ],
  },
  {
    how: 'adds columns to a table that does not miss them',
    parts: {
      addColumns: (table, _, server) => {
        const every = table.columns.filter(({ nullable }) => nullable)
        return sqlite.addColumns?.(table, every, server) ?? []
      },
    },
    concerns: [addedColumns],
    laws: [
      added('adds the columns of an option to a table that is there, once, and keeps its sessions'),
    ],
  },
  {
    how: 'adds columns by statements of which one fails',
    parts: {
      addColumns: (...given) => [
        ...(sqlite.addColumns?.(...given) ?? []),
        { sql: 'create index `taken` on `laws` (`sid`)', bindings: [] },
      ],
    },
    concerns: [addedColumns],
    laws: [added('goes on in its transaction after it found no such column')],
  },
  {
    how: 'has no statements for columns',
    parts: { addColumns: () => [] },
    concerns: [addedColumns],
    laws: [added('is told which columns a table lacks, with the statements that add them')],
  },
  {
    how: 'finds a table wherever it looks',
    parts: {
      server: {
        ...sqlite.server,
        tableExists: {
          statement: () => ({ sql: 'select 1', bindings: [] }),
          answer: () => true,
        },
      },
    },
    concerns: [migrations],
    laws: [
      title('makes the table, removes it and makes it again, each once, and a store works on it'),
    ],
  },
])
