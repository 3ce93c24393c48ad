import { toEpochMs } from '../src/dialect/index.js'
import { destroy, later, set, storeWith, touch } from './fake-store.js'
import { poison } from './fake-table.js'
import { pass, useStandingClock } from './standing-clock.js'

useStandingClock()

describe('the calls of a store', () => {
  it('read several sessions by one statement, each once', async () => {
    const { table, sent, read } = storeWith()
    table.rows.set('a', { sid: 'a', sess: 'of a', expired: later })
    const heard = ['a', 'b', 'a'].map(read)
    await pass(0)
    expect(sent).toEqual(['read a b'])
    expect(heard).toEqual([
      [{ sess: 'of a', expired: later }],
      [undefined],
      [{ sess: 'of a', expired: later }],
    ])
  })

  it('read a session beside a read of it that is under way', async () => {
    const { table, sent, read } = storeWith({ lanes: 2 })
    table.fates = [{ ms: 100 }, { ms: 100 }]
    read('a')
    await pass(10)
    read('a')
    await pass(10)
    expect(sent).toEqual(['read a', 'read a'])
  })

  it('write several sessions by one statement of each kind, ordered by id, and each once', async () => {
    const { sent, write, table } = storeWith()
    const heard = [
      set('b', 'first'),
      set('c'),
      set('a'),
      set('b', 'second'),
      touch('b', toEpochMs(3_000_000)),
    ].map(write)
    await pass(0)
    await pass(0)
    expect(sent).toEqual(['upsert a b c', 'touch b'])
    expect(table.rows.get('b')).toEqual({ sid: 'b', sess: 'second', expired: 3_000_000 })
    expect(heard).toEqual([[0], [0], [0], [0], [0]])
  })

  it('are one statement each when they are not to be joined', async () => {
    const { sent, read, write } = storeWith({ joined: false, lanes: 10 })
    for (const sid of ['b', 'a', 'a']) read(sid)
    for (const call of [set('b'), set('a'), touch('a')]) write(call)
    await pass(0)
    expect(sent.filter((statement) => statement.startsWith('read'))).toEqual([
      'read b',
      'read a',
      'read a',
    ])
    expect(sent.filter((statement) => !statement.startsWith('read'))).toEqual([
      'upsert b',
      'upsert a',
      'touch a',
    ])
  })

  it('fail by themselves when one of them is at fault, also among those of one session', async () => {
    const { sent, write } = storeWith()
    const heard = [set('a', poison), touch('a'), set('b')].map(write)
    await pass(0)
    await pass(0)
    expect(sent).toEqual(['upsert b', 'touch a'])
    expect(heard).toEqual([['other'], [0], [0]])
  })

  it('go on when their time is not up, though that of another one of their statement is', async () => {
    const { table, sent, read } = storeWith()
    table.fates = [{ ms: 300 }, { ms: 0, fails: 'silent' }]
    read('busy')
    await pass(10)
    const first = read('a')
    await pass(200)
    const second = read('b')
    await pass(1_600)
    expect([first, second]).toEqual([[], []])
    await pass(150)
    expect([first, second]).toEqual([['connection'], [undefined]])
    expect(sent).toEqual(['read busy', 'read a b', 'read b'])
  })

  it('hear at once of a failure that has nothing to do with their time', async () => {
    const { table, sent, read } = storeWith({ timeout: 30_000 })
    table.fates = [
      { ms: 100 },
      ...Array.from({ length: 31 }, () => ({ ms: 0, fails: 'deadlock' as const })),
    ]
    read('busy')
    await pass(10)
    const heard = [read('a')]
    await pass(10)
    heard.push(read('a'))
    await pass(25_000)
    expect(sent).toEqual(['read busy', ...Array.from({ length: 31 }, () => 'read a')])
    expect(heard).toEqual([['retryable'], ['retryable']])
  })

  it('find the table, or make it again, when it has been dropped', async () => {
    const { table, sent, read, write } = storeWith()
    write(set('a'))
    await pass(0)
    table.exists = false
    const heard = read('a')
    await pass(0)
    expect(heard).toHaveLength(1)
    expect(sent).toEqual(['upsert a', 'create', 'read a'])
    table.exists = false
    expect(write(destroy('a'))).toEqual([])
    await pass(0)
    expect(sent.slice(3)).toEqual(['create', 'destroy a'])
  })
})

describe('a clear', () => {
  it('comes between the writes before it and those after it', async () => {
    const { calls, table, sent, write } = storeWith({ lanes: 4 })
    table.fates = [{ ms: 100 }, { ms: 100 }]
    write(set('a'))
    let cleared: number | undefined
    void calls.clear().then((count) => (cleared = count))
    const after = write(set('b'))
    await pass(50)
    expect(sent).toEqual(['upsert a'])
    await pass(100)
    expect(sent).toEqual(['upsert a', 'clear'])
    await pass(100)
    expect(sent).toEqual(['upsert a', 'clear', 'upsert b'])
    expect([cleared, after, [...table.rows.keys()]]).toEqual([1, [0], ['b']])
  })
})
