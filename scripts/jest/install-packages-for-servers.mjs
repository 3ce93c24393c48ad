import installPackages from './install-packages.mjs'
import startEveryServer from './start-every-server.mjs'

export default async () => {
  await startEveryServer()
  await installPackages()
}
