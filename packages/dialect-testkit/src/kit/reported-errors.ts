import type { DialectAdapter } from '@knex-session/core/dialect'
import { driverText, namesStatement } from './driver-text.js'

/** The most errors that a failing law shows. */
const most = 10

/**
 * The errors of the driver that an adapter classified, for the report of a law that fails: the
 * store's own errors leave the driver's text out, and it is what the author of an adapter needs.
 * `KNEX_SESSION_SHOW_ERRORS=1` shows all of the text, the statement and its values included.
 */
export class ReportedErrors {
  readonly #reported = new Map<string, number>()

  /** The adapter, watched. */
  watch(adapter: DialectAdapter): DialectAdapter {
    const classify: DialectAdapter['classify'] = (error, table) => {
      const kind = adapter.classify(error, table)
      const line = `${kind}: ${driverText(error, isWhole())}`
      this.#reported.set(line, (this.#reported.get(line) ?? 0) + 1)
      return kind
    }
    return Object.freeze({ ...adapter, classify })
  }

  /** Begins anew, for the next law. */
  clear(): void {
    this.#reported.clear()
  }

  /** Adds what the driver said to the error of a law, or takes the statement's values out of it. */
  addTo(broken: unknown): void {
    if (!isErrorLike(broken)) return
    if (namesStatement(broken)) rewrite(broken, driverText(broken, isWhole()))
    if (this.#reported.size === 0) return
    const lines = [...this.#reported]
      .slice(0, most)
      .map(([line, times]) => `  ${line}${times > 1 ? ` (${String(times)} times)` : ''}`)
    rewrite(
      broken,
      `${broken.message}\n\nwhat \`classify\` made of the driver's errors:\n${lines.join('\n')}`,
    )
  }
}

/** Errors of native drivers have another `Error` behind them in the sandbox of a test runner. */
function isErrorLike(thrown: unknown): thrown is Error {
  return typeof (thrown as Partial<Error> | null)?.message === 'string'
}

function isWhole(): boolean {
  return process.env['KNEX_SESSION_SHOW_ERRORS'] === '1'
}

/** Gives an error another message, in its stack as well. */
function rewrite(error: Error, message: string): void {
  const { message: before, stack } = error
  error.message = message
  if (stack === undefined) return
  const at = stack.indexOf('\n    at ')
  error.stack = stack.includes(before)
    ? stack.replace(before, () => message)
    : `${error.name}: ${message}${at < 0 ? '' : stack.slice(at)}`
}
