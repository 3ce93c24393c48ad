import { playConformance } from './play-conformance.js'

// By mysql2 every round is played; here a tenth, and all of them in the extended tests.
process.env['KNEX_SESSION_ROUNDS'] ??= '0.1'

playConformance('mariadb')
