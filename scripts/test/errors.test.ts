import {
  invalidOption,
  SessionStoreError,
  type SessionStoreErrorCode,
} from '../../packages/core/src/errors.js'
import { anchorsOf } from '../docs/links.mjs'
import { read } from '../docs/markdown.mjs'

const page = read('docs/errors.md')
const [, union = ''] =
  /type SessionStoreErrorCode =((?:\s*\| '\w+')+)/.exec(read('packages/core/src/errors.ts')) ?? []
const codes = Array.from(union.matchAll(/'(\w+)'/g), ([, code]) => code as SessionStoreErrorCode)

/** The link in the last line of a message. */
const linkIn = (message: string): URL => new URL(/\nSee (https:.+)$/.exec(message)?.[1] ?? '')

it('docs/errors.md has a section for each code of an error, and for no other', () => {
  expect(codes.length).toBeGreaterThan(10)
  const sections = Array.from(page.matchAll(/^## `(\w+)`$/gm), ([, code]) => code)
  expect(sections).toEqual(codes)
})

it.each(codes)('the message of %s ends with a link to its section', (code) => {
  const { message } =
    code === 'ERR_INVALID_OPTION'
      ? invalidOption('ttl', 'expected a number')
      : new SessionStoreError({ code, message: 'it failed' })
  const { origin, pathname, hash } = linkIn(message)
  const { repository } = JSON.parse(read('packages/core/package.json')) as {
    repository: { url: string }
  }
  const home = repository.url.replace(/^git\+|\.git$/g, '')
  expect(origin + pathname).toBe(`${home}/blob/main/docs/errors.md`)
  expect(anchorsOf(page)).toContain(hash.slice(1))
})
