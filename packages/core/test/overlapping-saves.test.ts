import { Session, type SessionData } from 'express-session'
import { SessionStoreError, type SessionStoreErrorCode } from '../src/errors.js'
import { LoadedSessions } from '../src/session/loaded.js'
import { StoredIds } from '../src/session/stored-id.js'
import type { RowWrite } from '../src/session/writes.js'
import { SessionCalls } from '../src/store/session-calls.js'
import type { StoredRows } from '../src/store/stored-rows.js'
import { toEpochMs } from '../src/dialect/index.js'

/** The calls of a store on rows that are answered by the test, and what they sent so far. */
function callsOnRows() {
  const sent: RowWrite['kind'][] = []
  const answers: ((code?: SessionStoreErrorCode) => void)[] = []
  const send = ({ kind }: RowWrite, done: Parameters<StoredRows['write']>[2]) => {
    sent.push(kind)
    answers.push((code) => {
      if (code === undefined) done(null, 1)
      else done(new SessionStoreError({ code, message: code }))
    })
  }
  const rows: Pick<StoredRows, 'ids' | 'write'> = {
    ids: new StoredIds(false),
    write: (write, { ready }, done) => {
      if (ready) void ready.then((later) => send(later, done))
      else send(write, done)
    },
  }
  const queues = { deadline: Infinity } as never
  const calls = new SessionCalls(queues, rows as StoredRows, new LoadedSessions(), {
    serializer: {
      stringify: (data) => JSON.stringify(data),
      parse: (text) => JSON.parse(text) as SessionData,
    },
    ttl: 60_000,
    absoluteTtl: undefined,
    touchInterval: undefined,
    userId: undefined,
    onConflict: 'overwrite',
    timed: false,
    now: () => toEpochMs(1_000_000),
    onLateWrite: () => undefined,
    onLogIn: undefined,
  })
  const set = (session: SessionData) => calls.set('a', session, () => undefined)
  const answer = async (code?: SessionStoreErrorCode) => {
    answers.shift()?.(code)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const made = (session: SessionData, data: object) => {
    calls.made(session, data)
  }
  return { sent, set, made, answer }
}

function newSession(of: unknown = Session): SessionData {
  const Constructor = of as new (request: object, data: object) => SessionData
  return new Constructor({ sessionID: 'a' }, { cookie: {} })
}

describe('saves of one new session that overlap', () => {
  it('are an insert, and then updates, one after the other', async () => {
    const { sent, set, answer } = callsOnRows()
    const session = newSession()
    for (let save = 0; save < 3; save++) set(session)
    expect(sent).toEqual(['insert'])
    await answer()
    expect(sent).toEqual(['insert', 'update'])
    await answer()
    expect(sent).toEqual(['insert', 'update', 'update'])
  })

  it.each(['ERR_SID_TAKEN', 'ERR_DATABASE', 'ERR_QUEUE_FULL'] as const)(
    'are inserts as long as they fail by %s',
    async (code) => {
      const { sent, set, answer } = callsOnRows()
      const session = newSession()
      for (let save = 0; save < 3; save++) set(session)
      await answer(code)
      await answer(code)
      expect(sent).toEqual(['insert', 'insert', 'insert'])
      await answer()
      set(session)
      expect(sent.at(-1)).toBe('update')
    },
  )

  it.each(['ERR_TIMEOUT', 'ERR_CONNECTION'] as const)(
    'write the row in any case after %s, which does not tell whether it is there',
    async (code) => {
      const { sent, set, answer } = callsOnRows()
      const session = newSession()
      set(session)
      set(session)
      await answer(code)
      expect(sent).toEqual(['insert', 'set'])
      await answer()
      set(session)
      await answer('ERR_TIMEOUT')
      set(session)
      expect(sent).toEqual(['insert', 'set', 'update', 'update'])
    },
  )

  it('replace the row that is known by then, also after one of them got no answer', async () => {
    const { sent, set, answer } = callsOnRows()
    const session = newSession()
    for (let save = 0; save < 2; save++) set(session)
    await answer()
    await answer('ERR_TIMEOUT')
    set(session)
    expect(sent).toEqual(['insert', 'update', 'update'])
  })

  it('by a script wait for nothing', () => {
    const { sent, set } = callsOnRows()
    const session = { ...newSession() }
    set(session)
    set(session)
    expect(sent).toEqual(['set', 'set'])
  })

  it('are so too for a session that another copy of express-session made', () => {
    const { sent, set } = callsOnRows()
    jest.isolateModules(() => {
      const copy = jest.requireActual<{ Session: unknown }>('express-session')
      expect(copy.Session).not.toBe(Session)
      set(newSession(copy.Session))
    })
    expect(sent).toEqual(['insert'])
  })

  it('are no such saves if the object only has a key `req`', () => {
    const { sent, set } = callsOnRows()
    set({ cookie: {}, req: 'of the application' } as unknown as SessionData)
    expect(sent).toEqual(['set'])
  })
})

describe('a session made of data from another source than this store', () => {
  it('is written whether the row exists or not: another store may have read it', () => {
    const { sent, set, made } = callsOnRows()
    const session = newSession()
    made(session, { cookie: {} })
    set(session)
    expect(sent).toEqual(['set'])
  })
})
