import { SessionStore } from '@knex-session/core/standalone'

interface MySession {
  readonly cookie: { readonly originalMaxAge: number | null }
  readonly user: string
}

export const user = async (): Promise<string | undefined> => {
  const store = new SessionStore<MySession>({ ttl: (session) => session.user.length })
  const session = await store.get('sid')
  // @ts-expect-error: not `any`
  session?.usr
  return session?.user
}
