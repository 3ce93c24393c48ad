import type { Entry } from '../src/coalescer/entry.js'
import { CallQueue } from '../src/coalescer/queue.js'

type Waiting = Entry<string, string>

describe('a queue in which a call has to go by itself', () => {
  let queue: CallQueue<string, string>
  beforeEach(() => {
    queue = new CallQueue<string, string>({
      kindOf: () => 'set',
      merge: () => undefined,
      exclusive: false,
    })
  })

  it('asks no call about that once the one has left', () => {
    const entries = added('a', 'b', 'c')
    single(entries[0]!)
    queue.putBack(entries)
    expect(keys(queue.take('set', 10))).toEqual(['a'])
    const rest = queue.take('set', 10)
    expect(keys(rest)).toEqual(['b', 'c'])
    const asked = countQuestions(rest)
    queue.putBack(rest)
    const before = asked.count
    expect(keys(queue.take('set', 10))).toEqual(['b', 'c'])
    expect(asked.count).toBe(before)
  })

  it('sends the next of these by itself as well', () => {
    const entries = added('a', 'b', 'c', 'd')
    single(entries[0]!)
    single(entries[2]!)
    queue.putBack(entries)
    const sent = [1, 2, 3, 4].map(() => keys(queue.take('set', 10)))
    expect(sent).toEqual([['a'], ['b'], ['c'], ['d']])
  })

  it('sends one by itself that was blocked meanwhile', () => {
    const [first, ...others] = added('a', 'b', 'c')
    single(first!)
    queue.putBack(others)
    queue.block([first!])
    expect(keys(queue.take('set', 10))).toEqual(['b', 'c'])
    queue.putBack(others)
    queue.unblock([first!])
    expect(keys(queue.take('set', 10))).toEqual(['a'])
  })

  /** Calls of these keys, taken out of the queue as they are when they were in flight. */
  function added(...names: readonly string[]): readonly Waiting[] {
    for (const key of names) queue.add(key, key, { deadline: Infinity, done: () => undefined })
    return queue.take('set', names.length)
  }
})

function single(entry: Waiting): void {
  entry.single = true
}

function keys(entries: readonly Waiting[]): readonly string[] {
  return entries.map(({ key }) => key)
}

/** Counts how often it is asked of the entries whether they go by themselves. */
function countQuestions(entries: readonly Waiting[]): { readonly count: number } {
  const asked = { count: 0 }
  for (const entry of entries) {
    Object.defineProperty(entry, 'single', {
      get: () => {
        asked.count++
        return false
      },
    })
  }
  return asked
}
