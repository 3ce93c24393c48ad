import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { SessionStoreError } from '@knex-session/core/dialect'

/**
 * Throws where the better-sqlite3 that the application has asks for a newer Node.js: version 13 on
 * Node.js 20 does not fail to load but ends the process, without a word. Looks beside the program
 * and in the working directory; one that is not found there is left to knex.
 */
export function checkDriverVersion(
  nodeVersion: string = process.versions.node,
  from: readonly string[] = [process.argv[1] ?? '', join(process.cwd(), 'index.js')],
): void {
  for (const file of from) {
    const driver = driverSeenFrom(file)
    if (!driver) continue
    // Only a lower bound: versions that list what they were built for may work on others.
    const needed = /^>=\s*(\d+)/.exec(driver.engines?.node ?? '')?.[1]
    if (needed === undefined || Number.parseInt(nodeVersion, 10) >= Number(needed)) return
    throw new SessionStoreError({
      code: 'ERR_DATABASE',
      dialect: 'sqlite',
      message:
        `better-sqlite3 ${driver.version} needs Node.js ${needed} or newer and would end this process, which runs on ${nodeVersion}: ` +
        'install `better-sqlite3@12`, or a newer Node.js',
    })
  }
}

interface Manifest {
  readonly version: string
  readonly engines?: { readonly node?: string }
}

function driverSeenFrom(file: string): Manifest | undefined {
  try {
    return JSON.parse(
      readFileSync(createRequire(file).resolve('better-sqlite3/package.json'), 'utf8'),
    ) as Manifest
  } catch {
    return undefined
  }
}
