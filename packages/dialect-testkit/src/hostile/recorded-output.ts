import { format, inspect } from 'node:util'

const methods = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const

/**
 * Runs work and resolves to everything that was written to the console and the standard streams
 * meanwhile, or that the process was warned of.
 */
export async function outputOf(work: () => Promise<void>): Promise<string> {
  const lines: string[] = []
  const restore: (() => void)[] = []
  for (const method of methods) {
    const original = console[method].bind(console)
    console[method] = (...args: unknown[]) => void lines.push(format(...args))
    restore.push(() => (console[method] = original))
  }
  for (const stream of [process.stdout, process.stderr]) {
    const original = stream.write.bind(stream)
    // Passed on all the same: a test runner may report through them.
    stream.write = ((...args: Parameters<typeof original>) => {
      lines.push(String(args[0]))
      return original(...args)
    }) as typeof stream.write
    restore.push(() => (stream.write = original))
  }
  const hear = (what: unknown) => void lines.push(inspect(what, { depth: 5, showHidden: true }))
  process.on('warning', hear).on('unhandledRejection', hear)
  restore.push(() => process.off('warning', hear).off('unhandledRejection', hear))
  try {
    await work()
    // Unhandled rejections and warnings are told of in a later turn.
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    for (const each of restore) each()
  }
  return lines.join('\n')
}
