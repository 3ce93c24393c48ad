import { provideMariadb, providePostgres } from './servers.mjs'

export default async () => {
  await providePostgres()
  await provideMariadb()
}
