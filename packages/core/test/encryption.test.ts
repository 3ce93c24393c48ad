import { createPrivateKey, createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import type { SessionData } from 'express-session'
import { encryption, type EncryptionOptions } from '../src/encryption.js'
import { digestOf } from '../src/session/stored-id.js'

const session = (contents: object = {}): SessionData => {
  const made: unknown = { cookie: {}, ...contents }
  return made as SessionData
}
const about = { sid: 'a' }
const [key, old] = [randomBytes(32), randomBytes(32)]
const secret = session({ user: 'Zoë 🙂', list: [1, null, { deep: '\u0000"\\' }] })

const sealedIn = (text: string) => (JSON.parse(text) as { encrypted: string }).encrypted
const unreadable = (problem: RegExp) =>
  expect.objectContaining({
    code: 'ERR_UNREADABLE_SESSION',
    message: expect.stringMatching(problem) as unknown,
  }) as unknown

function errorOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

it('a session comes back as it was, and its text holds nothing of it', () => {
  const { stringify, parse } = encryption({ keys: [key] })
  const text = stringify(secret, about)
  expect(parse(text, about)).toEqual(secret)
  expect(Object.keys(JSON.parse(text) as object)).toEqual(['encrypted'])
  const bytes = Buffer.from(sealedIn(text).split('.')[1] ?? '', 'base64url')
  // With quotes and a blank, so that no base64url has them by chance.
  for (const part of ['"user"', '"deep"', 'Zoë 🙂']) {
    expect(text).not.toContain(part)
    expect(bytes.includes(part)).toBe(false)
  }
  expect(bytes).toHaveLength(12 + 16 + Buffer.byteLength(JSON.stringify(secret)))
})

it('no two texts of one session are equal', () => {
  const { stringify } = encryption({ keys: [key] })
  const texts = Array.from({ length: 100 }, () => sealedIn(stringify(secret, about)))
  const ivs = texts.map((text) => (text.split('.')[1] ?? '').slice(0, 16))
  expect(new Set(ivs).size).toBe(100)
})

it('a text of another row is refused', () => {
  const { stringify, parse } = encryption({ keys: [key] })
  const text = stringify(secret, about)
  expect(errorOf(() => parse(text, { sid: 'b' }))).toEqual(unreadable(/another row/))
})

it('a row that gets the digest of its id can still be read', () => {
  const { stringify, parse } = encryption({ keys: [key] })
  expect(parse(stringify(secret, about), { sid: digestOf('a') })).toEqual(secret)
  expect(parse(stringify(secret, { sid: digestOf('a') }), about)).toEqual(secret)
})

it('a text of which any byte was changed, or left out, is refused', () => {
  const { stringify, parse } = encryption({ keys: [key] })
  const [id = '', encoded = ''] = sealedIn(stringify(session({ n: 1 }), about)).split('.')
  const bytes = Buffer.from(encoded, 'base64url')
  const parsed = (changed: Buffer) =>
    errorOf(() =>
      parse(JSON.stringify({ encrypted: `${id}.${changed.toString('base64url')}` }), about),
    )
  for (const place of bytes.keys()) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(changed.readUInt8(place) ^ 1, place)
    expect(parsed(changed)).toEqual(unreadable(/changed/))
    expect(parsed(bytes.subarray(0, place))).toEqual(unreadable(/changed/))
  }
})

it('keys change: the first writes, all read, and one that is gone reads no more', () => {
  const before = encryption({ keys: [old] })
  const between = encryption({ keys: [key, old] })
  const after = encryption({ keys: [key] })
  const text = before.stringify(secret, about)
  expect(between.parse(text, about)).toEqual(secret)
  expect(after.parse(between.stringify(secret, about), about)).toEqual(secret)
  expect(errorOf(() => after.parse(text, about))).toEqual(unreadable(/none of the `keys`/))
})

it('plain sessions are refused, or read where that is chosen', () => {
  const text = JSON.stringify(secret)
  expect(encryption({ keys: [key], plain: 'read' }).parse(text, about)).toEqual(secret)
  for (const plain of [undefined, 'refuse'] as const) {
    const options: EncryptionOptions =
      plain === undefined ? { keys: [key] } : { keys: [key], plain }
    expect(errorOf(() => encryption(options).parse(text, about))).toEqual(
      unreadable(/not encrypted/),
    )
  }
})

it('a plain session may have the key of encrypted ones beside its cookie', () => {
  const plain = session({ encrypted: 'a.b' })
  const { parse } = encryption({ keys: [key], plain: 'read' })
  expect(parse(JSON.stringify(plain), about)).toEqual(plain)
})

it('what is no object as JSON is refused', () => {
  const { stringify } = encryption({ keys: [key] })
  for (const toJSON of [() => 'text', () => undefined, () => 7]) {
    expect(errorOf(() => stringify(session({ toJSON }), about))).toMatchObject({
      code: 'ERR_INVALID_SESSION',
    })
  }
})

it.each([
  ['bytes', key],
  ['a KeyObject', createSecretKey(key)],
  ['base64', key.toString('base64')],
  ['base64url', key.toString('base64url')],
])('a key may be %s, and is the same key', (_, given) => {
  const text = encryption({ keys: [key] }).stringify(secret, about)
  expect(encryption({ keys: [given] }).parse(text, about)).toEqual(secret)
})

describe('a key that is wrong is refused, and not shown', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const canary = 'c4narycanary'

  it.each<[string, unknown, RegExp]>([
    ['undefined', undefined, /keys\[0\].*got undefined/],
    ['an empty text', '', /got an empty text/],
    ['a short text', canary, /got 9 bytes/],
    ['hex', randomBytes(32).toString('hex'), /got 48 bytes/],
    ['another text', `${canary} ${canary}`, /got a text that is no base64/],
    ['24 bytes', randomBytes(24), /got 24 bytes/],
    [
      'a private key',
      createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      /object/,
    ],
    ['a number', 7, /got number/],
  ])('%s', (_, wrong, problem) => {
    const error = errorOf(() => encryption({ keys: [wrong as never] }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ code: 'ERR_INVALID_OPTION' })
    expect((error as Error).message).toMatch(problem)
    expect(inspect(error)).not.toContain(canary)
  })
})

it.each<[unknown, RegExp]>([
  [{ keys: [] }, /`keys`/],
  [{ keys: key }, /`keys`/],
  [{ keys: [key, key.toString('base64')] }, /twice/],
  [{ keys: [key], plain: 'maybe' }, /`plain`/],
  [{ keys: [key], key }, /`key`.*no such option/],
])('wrong options are refused: %#', (options, problem) => {
  expect(() => encryption(options as EncryptionOptions)).toThrow(problem)
})
