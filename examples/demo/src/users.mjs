/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} name
 * @property {boolean} isAdmin
 */

/**
 * Who can log in, without a password, because the demo is about sessions.
 * @type {ReadonlyMap<unknown, User>}
 */
export const users = new Map([
  ['ann', { id: 'ann', name: 'Ann', isAdmin: false }],
  ['bea', { id: 'bea', name: 'Bea', isAdmin: true }],
])
