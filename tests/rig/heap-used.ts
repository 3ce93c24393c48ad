import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** The memory that is in use, in bytes, without what nobody holds any more. */
export function heapUsed(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}
