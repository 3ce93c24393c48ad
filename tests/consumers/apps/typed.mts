// The types of a store with sessions of its own type: `KnexSessionStore<MySession>`. Compiled, and
// never run.
import {
  KnexSessionStore,
  mergeTopLevel,
  type KnexSessionStoreOptions,
  type OnConflict,
  type Serializer,
  type SessionEntry,
  type SessionInfo,
} from '@knex-session/core'
import { ConnectSessionKnexStore } from '@knex-session/core/compat'
import { encryption } from '@knex-session/core/encryption'
import { SessionStore } from '@knex-session/core/standalone'
import type { SessionData, SessionOptions, Store } from 'express-session'

interface MySession extends SessionData {
  user: { id: number; name: string }
}

/** Whether two types are one: `any` is only itself. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(yes: Same<A, B>): boolean => yes

export const typed = async (): Promise<unknown> => {
  const store = new KnexSessionStore<MySession>({
    ttl: (session) => session.user.id,
    absoluteTtl: ({ user }) => user.id,
    userId: ({ user }) => user.id,
    onConflict: (base, mine, theirs) => (base.user.id === mine.user.id ? mine : theirs),
    serializer: encryption({ keys: [] }),
  })
  const found = await store.get('sid')
  same<typeof found, MySession | null>(true)
  store.get('sid', (_, session) => session?.user.name)
  // @ts-expect-error: a session of this store has a user
  await store.set('sid', { cookie: found!.cookie })
  await store.set('sid', found!)
  await store.touch('sid', found!)
  const all = await store.all()
  same<typeof all, MySession[]>(true)
  for await (const entry of store.entries()) same<typeof entry, SessionEntry<MySession>>(true)
  for (const info of await store.sessionsOf(1).list()) {
    same<typeof info, SessionInfo<MySession>>(true)
    // @ts-expect-error: not `any`
    info.session.usr
  }
  // @ts-expect-error: not `any`
  new KnexSessionStore<MySession>({ userId: ({ usr }) => usr })

  // What express-session takes.
  const options: SessionOptions = { store, secret: 'secret' }
  const asStore: Store = store
  const old: KnexSessionStore<MySession> = new ConnectSessionKnexStore<MySession>()
  // @ts-expect-error: sessions of express-session's have a cookie
  const bare = new KnexSessionStore<{ user: string }>()
  // @ts-expect-error: express-session takes none that makes it no sessions
  const standalone: Store = new SessionStore()

  // Said once, at the type of the options or of one of them.
  const serializer: Serializer<MySession> = {
    stringify: (session) => session.user.name,
    parse: (text) => JSON.parse(text) as MySession,
  }
  const onConflict: OnConflict<MySession> = mergeTopLevel
  const given: KnexSessionStoreOptions<MySession> = { serializer, onConflict }
  const inferred = new KnexSessionStore(given)
  same<typeof inferred, KnexSessionStore<MySession>>(true)
  const bySerializer = new KnexSessionStore({ serializer })
  same<typeof bySerializer, KnexSessionStore<MySession>>(true)

  // Without a type: what the application declares for express-session.
  const plain = new KnexSessionStore({
    ttl: (session) => session.declared ?? 1,
    userId: () => null,
  })
  same<typeof plain, KnexSessionStore<SessionData>>(true)
  // @ts-expect-error: not declared
  await plain.get('sid').then((session) => session?.undeclared)
  return [options, asStore, old, bare, standalone, inferred, await plain.get('sid')]
}

declare module 'express-session' {
  interface SessionData {
    declared?: number
  }
}

/** A store of the application's own: a method stays a method. */
export class Mine extends KnexSessionStore<MySession> {
  override get(sid: string): Promise<MySession | null>
  override get(sid: string, callback: (error: unknown, session?: MySession | null) => void): void
  override get(
    sid: string,
    callback?: (error: unknown, session?: MySession | null) => void,
  ): Promise<MySession | null> | void {
    return callback ? super.get(sid, callback) : super.get(sid)
  }
}
