import { inspect } from 'node:util'

/** Everything of an error that a log could show. */
export function everythingOf(error: unknown): string {
  const texts = [inspect(error, { depth: 10, showHidden: true, maxStringLength: null })]
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    texts.push(cause.message, cause.stack ?? '', JSON.stringify(cause))
  return texts.join('\n')
}
