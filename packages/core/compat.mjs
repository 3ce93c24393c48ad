// What `import … from 'connect-session-knex'` gives since version 5: the store class by its name.
import './load-dialects.cjs'

export {
  connectSessionKnex,
  connectSessionKnex as default,
  ConnectSessionKnexStore,
} from './dist/esm/compat.js'
