import type { DialectAdapter, ErrorKind } from '@knex-session/core/dialect'

/** The most errors that a failing law shows. */
const most = 10

/**
 * The errors of the database that an adapter classified, for the report of a law that fails: of the
 * store's errors the words of the database are left out, and they are what the author of an adapter
 * needs. `KNEX_SESSION_SHOW_ERRORS=1` shows the driver's text too, with whatever it quotes.
 */
export class ReportedErrors {
  readonly #reported = new Map<string, number>()

  /** The adapter, watched. */
  watch(adapter: DialectAdapter): DialectAdapter {
    const classify: DialectAdapter['classify'] = (error, table) => {
      const kind = adapter.classify(error, table)
      this.#note(error, kind, adapter)
      return kind
    }
    return Object.freeze({ ...adapter, classify })
  }

  /** Begins anew, for the next law. */
  clear(): void {
    this.#reported.clear()
  }

  /** Adds what was told to the error of a law. */
  addTo(broken: unknown): void {
    if (!(broken instanceof Error) || this.#reported.size === 0) return
    const lines = [...this.#reported]
      .slice(0, most)
      .map(([line, times]) => `  ${line}${times > 1 ? ` (${String(times)} times)` : ''}`)
    const before = broken.message
    broken.message = `${before}\n\nerrors of the database and what \`classify\` made of them:\n${lines.join('\n')}`
    broken.stack = broken.stack?.replace(before, () => broken.message) ?? broken.message
  }

  #note(error: unknown, kind: ErrorKind, adapter: DialectAdapter): void {
    const { code, errorNum, number, errno, message } = (error ?? {}) as Record<string, unknown>
    const shown = [adapter.server?.errorCode?.(error), code, errorNum, number, errno].find(
      (each) => typeof each === 'string' || typeof each === 'number',
    )
    const text = process.env['KNEX_SESSION_SHOW_ERRORS'] === '1' ? `: ${String(message)}` : ''
    const line = `${kind}, code ${shown === undefined ? 'none' : String(shown)}${text}`
    this.#reported.set(line, (this.#reported.get(line) ?? 0) + 1)
  }
}
