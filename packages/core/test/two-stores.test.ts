import { EventEmitter } from 'node:events'
import type { Store } from 'express-session'
import type { KnexSessionStore } from '../src/index.js'
import type { SessionStore } from '../src/standalone.js'

interface Classes {
  readonly KnexSessionStore: typeof KnexSessionStore
  readonly SessionStore: typeof SessionStore
}

/** Loads entries of core anew, and says whether they load express-session. */
function load(...entries: readonly string[]) {
  let loadsExpress = false
  let classes: Partial<Classes> = {}
  let Base: unknown
  jest.isolateModules(() => {
    jest.doMock('express-session', () => {
      loadsExpress = true
      return jest.requireActual<object>('express-session')
    })
    for (const entry of entries)
      classes = { ...classes, ...jest.requireActual<Partial<Classes>>(`../src/${entry}.js`) }
    Base = jest.requireActual<{ Store: unknown }>('express-session').Store
  })
  return { classes: classes as Classes, loadsExpress, Base: Base as typeof Store }
}

it('the store of the entry `standalone` is an event emitter and knows nothing of express-session', () => {
  const { classes, loadsExpress } = load('standalone')
  expect(loadsExpress).toBe(false)
  expect(classes.SessionStore.prototype).toBeInstanceOf(EventEmitter)
  expect(classes.SessionStore.prototype).not.toHaveProperty('createSession')
})

it.each([[['index', 'standalone']], [['standalone', 'index']]])(
  'loaded as %j, the store of express-session is a Store and one of the other',
  (entries) => {
    const { classes, loadsExpress, Base } = load(...entries)
    const { prototype } = classes.KnexSessionStore
    expect(loadsExpress).toBe(true)
    expect(prototype).toBeInstanceOf(classes.SessionStore)
    expect(prototype).toBeInstanceOf(Base)
    expect(prototype.regenerate).toBe(Base.prototype.regenerate)
  },
)
