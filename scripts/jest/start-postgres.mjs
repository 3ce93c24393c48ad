export { providePostgres as default } from './servers.mjs'
