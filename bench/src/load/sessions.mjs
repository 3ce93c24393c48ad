import session from 'express-session'
import { randomFrom } from './random.mjs'

/** How many live sessions each store holds, per size. */
export const sessionCount = 2_000

/** Sizes of a serialized session, in bytes. */
export const sessionSizes = [400, 4_096]

const oneDay = 86_400_000
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * @typedef {object} BenchSession
 * @property {string} sid 32 characters, as express-session makes them
 * @property {import('express-session').SessionData & { views: number }} data with a real cookie
 * object, as express-session hands it over
 */

/**
 * The sessions of one size, the same in every run.
 * @param {number} size bytes of the serialized session, within a few per cent
 * @returns {BenchSession[]}
 */
export function makeSessions(size) {
  const random = randomFrom(size)
  return Array.from({ length: sessionCount }, (_, index) => ({
    sid: text(random, 32),
    data: makeData(random, index, size),
  }))
}

/**
 * What express-session does to a session on every request, and an application on every change. The
 * expiry moves by a whole second, so that stores which keep whole seconds have something to write
 * as well.
 * @param {BenchSession['data']} data
 */
export function renew(data) {
  data.cookie.expires = new Date(Number(data.cookie.expires) + 1_000)
}

/** @param {() => number} random @param {number} index @param {number} size */
function makeData(random, index, size) {
  const data = {
    cookie: new session.Cookie({
      maxAge: oneDay,
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
      path: '/',
    }),
    views: 0,
    user: {
      id: 100_000 + index,
      name: `user ${text(random, 8)}`,
      email: `${text(random, 10)}@example.org`,
      roles: ['reader', 'editor'],
    },
    csrf: text(random, 24),
    cart: /** @type {object[]} */ ([]),
  }
  while (JSON.stringify(data).length < size - 40) {
    data.cart.push({
      article: text(random, 12),
      count: Math.ceil(random() * 9),
      price: Math.ceil(random() * 9_999) / 100,
    })
  }
  return data
}

/** @param {() => number} random @param {number} length */
function text(random, length) {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
}
