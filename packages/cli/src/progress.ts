import type { Output } from './output.js'

const width = 24

/** Shows how far long work is: a bar on a terminal, a line every few seconds elsewhere. */
export class Progress {
  readonly #output: Output
  readonly #what: string
  readonly #started = Date.now()
  #shown = 0

  constructor(output: Output, what: string) {
    this.#output = output
    this.#what = what
  }

  /** `total`: none where nobody knows it. */
  show(done: number, total?: number): void {
    if (this.#output.isJson) return
    const isTerminal = process.stderr.isTTY
    const now = Date.now()
    if (now - this.#shown < (isTerminal ? 100 : 5_000)) return
    this.#shown = now
    const text = `${barOf(done, total)}${String(done)}${total === undefined ? '' : ` of ${String(total)}`} ${this.#what}, ${String(Math.round((now - this.#started) / 1_000))} s`
    process.stderr.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`)
  }

  end(): void {
    if (this.#shown > 0 && process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  }
}

function barOf(done: number, total: number | undefined): string {
  if (total === undefined || total === 0) return ''
  const full = Math.min(Math.round((done / total) * width), width)
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] `
}
