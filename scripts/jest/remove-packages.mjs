import { removePackages } from './install-packages.mjs'
import { stopServers } from './servers.mjs'

export default async () => {
  removePackages()
  await stopServers()
}
