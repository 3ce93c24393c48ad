import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { CommandError } from './output.js'

/** How far an import has come. It holds no session and no session id. */
export interface Place {
  readonly cursor: string
  readonly copied: number
}

/** A file that an import which is broken off goes on from. */
export class Resume {
  readonly #file: string | undefined

  constructor(file: string | undefined) {
    this.#file = file
  }

  /** Where to begin. */
  read(): Place {
    if (this.#file === undefined || !existsSync(this.#file)) return { cursor: '0', copied: 0 }
    try {
      const { cursor, copied } = JSON.parse(readFileSync(this.#file, 'utf8')) as Place
      if (/^\d+$/.test(cursor) && Number.isSafeInteger(copied)) return { cursor, copied }
    } catch {
      // As a file that holds something else.
    }
    throw new CommandError(`${this.#file} is no file of an import: remove it, or name another`)
  }

  keep(place: Place): void {
    if (this.#file !== undefined) writeFileSync(this.#file, JSON.stringify(place))
  }

  done(): void {
    if (this.#file !== undefined) rmSync(this.#file, { force: true })
  }
}
