export { provideMariadb as default } from './servers.mjs'
