export {
  connectSessionKnex,
  connectSessionKnex as default,
  ConnectSessionKnexStore,
} from './dist/esm/compat.js'
