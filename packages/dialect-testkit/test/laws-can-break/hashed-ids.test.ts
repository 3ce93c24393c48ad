import { createCipheriv, createDecipheriv } from 'node:crypto'
import { KnexSessionStore, type KnexSessionStoreOptions } from '@knex-session/core'
import type { SessionData } from 'express-session'
import { encryptedSessions } from '../../src/laws/encrypted-sessions.js'
import { hashedIds } from '../../src/laws/hashed-ids.js'
import { formerIds } from '../../src/laws/former-ids.js'
import { serializers } from '../../src/laws/serializers.js'
import { brokenBy, describeBreaks, writing } from './breaking.js'

const hashed = (law: string) => `hashed ids: ${law}`
const encrypted = (law: string) => `encrypted sessions: ${law}`

it('the laws on hashed ids, serializers and encryption hold without statements of an adapter that are faster', async () => {
  expect(
    await brokenBy({ queries: undefined }, [hashedIds, formerIds, serializers, encryptedSessions]),
  ).toEqual([])
})

describeBreaks('hashed ids and encrypted sessions', [
  {
    how: 'cuts ids',
    parts: writing((row) => ({ ...row, sid: row.sid.slice(0, 40) })),
    concerns: [hashedIds],
    laws: [hashed('are the only ids in the table')],
  },
  {
    how: 'writes ids in small letters',
    parts: writing((row) => ({ ...row, sid: row.sid.toLowerCase() })),
    concerns: [hashedIds],
    laws: [hashed('are the only ids in the table')],
  },
  {
    how: 'changes texts',
    parts: writing((row) => ({ ...row, sess: row.sess.replace('A', 'B') })),
    concerns: [encryptedSessions],
    laws: [encrypted('come back as they were, whatever they hold')],
  },
])

type Call = (this: KnexSessionStore, ...args: unknown[]) => unknown

const prototype = KnexSessionStore.prototype as unknown as Record<'get' | 'set' | 'destroy', Call>
const { set } = prototype

/** A store like another one, but for some options. */
function like(store: KnexSessionStore, options: KnexSessionStoreOptions): KnexSessionStore {
  const { tableName, columns, knex, dialect, clock } = store.options
  return new KnexSessionStore({
    ...{ tableName, columns, knex, clock, cleanupInterval: 0 },
    ...(dialect && { dialect }),
    ...options,
  })
}

/** Has stores do a call as others would, where the ids of those are digests only. */
function withoutFallback(name: 'get' | 'destroy'): void {
  const call = prototype[name]
  jest.spyOn(prototype, name).mockImplementation(function (this: KnexSessionStore, ...args) {
    const hashIds = this.options.hashIds === true && { fallback: false }
    return call.apply(hashIds === false ? this : like(this, { hashIds }), args)
  })
}

describe('the laws on hashed ids, serializers and encryption', () => {
  afterEach(() => jest.restoreAllMocks())

  it('notice a store that does not look for sessions from before', async () => {
    withoutFallback('get')
    expect(await brokenBy({}, [hashedIds, formerIds])).toEqual(
      expect.arrayContaining([
        hashed(
          'find sessions from before, which have them from then on, for twenty requests in two processes',
        ),
        hashed('log nobody out when they are switched on, through Express'),
        hashed(
          'are read where they are by a store that may only read, and have digests once it may write',
        ),
      ]),
    )
  })

  it('notice a store that ends a session only where it is by now', async () => {
    withoutFallback('destroy')
    expect(await brokenBy({}, [hashedIds, formerIds])).toEqual(
      expect.arrayContaining([
        hashed('lose no write, touch or end of a session from before'),
        hashed('end a session wherever it is, and in both places'),
      ]),
    )
  })

  it('notice a store that looks for new sessions under their plain ids', async () => {
    jest.spyOn(prototype, 'set').mockImplementation(function (this: KnexSessionStore, ...args) {
      const [sid, session, ...rest] = args
      return set.call(this, sid, { ...(session as SessionData) }, ...rest)
    })
    expect(await brokenBy({}, [hashedIds])).toContain(
      hashed(
        'are all that statements hold of a session that a request made, also with the fallback',
      ),
    )
  })

  it('notice a store that takes digests for ids', async () => {
    const { get } = prototype
    jest.spyOn(prototype, 'get').mockImplementation(function (this: KnexSessionStore, ...args) {
      return get.apply(String(args[0]).startsWith('sha256:') ? like(this, {}) : this, args)
    })
    expect(await brokenBy({}, [hashedIds, formerIds])).toContain(
      hashed('are useless as ids to whoever reads the table'),
    )
  })

  it('notice a store that writes sessions in the order in which they are serialized', async () => {
    jest.spyOn(prototype, 'set').mockImplementation(async function (
      this: KnexSessionStore,
      ...args
    ) {
      const [sid, session] = args as [string, SessionData]
      if ('stuck' in session) return set.apply(this, args)
      const text = await this.options.serializer.stringify(session, { sid })
      return set.call(like(this, {}), sid, JSON.parse(text))
    })
    expect(await brokenBy({}, [serializers])).toContain(
      'a serializer: that is slower for an earlier write than for later ones changes nothing of their order',
    )
  })

  it('notice encryption that binds no text to its row', async () => {
    const given = ['aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12)] as const
    for (const cipher of [createCipheriv(...given), createDecipheriv(...given)]) {
      const ciphers = Object.getPrototypeOf(cipher) as { setAAD(): unknown }
      jest.spyOn(ciphers, 'setAAD').mockReturnThis()
    }
    expect(await brokenBy({}, [encryptedSessions])).toEqual([
      encrypted(
        'belong to their rows: one that was moved, changed or made by somebody else is refused',
      ),
    ])
  })
})
