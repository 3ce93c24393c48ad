import { setTimeout as delay } from 'node:timers/promises'
import { cookieHeaders } from '../../http/cookies.mjs'
import { ask } from '../visitors.mjs'

/** How many log-outs run at the same time. */
const atOnce = 5

/** @type {import('./scenario.mjs').Scenario} */
export const scenario = {
  name: 'log-out',
  title: 'Log-out during slow requests',
  what: ({ logouts, requests, requestMs }) =>
    `${logouts} visitors log out while ${requests} of their requests are under way, which take ${requestMs} ms and change the session. A session has come back when a later request finds it. This is done twice: the log-out is made by the process that has the other requests, then by another one on the same database.`,
  figures: [
    { key: 'same', title: 'Sessions that came back' },
    { key: 'other', title: 'logged out in another process' },
  ],
  async run({ numbers, start }) {
    const sessions = 2 * numbers.logouts
    const first = await start({ sessions, survives: true })
    const second = await start({ survives: true })
    const cookies = cookieHeaders().slice(0, sessions)
    const figures = {
      same: await cameBack(cookies.slice(0, numbers.logouts), first.port, first.port, numbers),
      other: await cameBack(cookies.slice(numbers.logouts), first.port, second.port, numbers),
    }
    await Promise.all([first.stop(), second.stop()])
    return figures
  },
}

/**
 * @param {readonly string[]} cookies
 * @param {number} port
 * @param {number} portOfLogOut
 * @param {import('../options.mjs').Numbers} numbers
 */
async function cameBack(cookies, port, portOfLogOut, { requests, requestMs }) {
  let count = 0
  for (let start = 0; start < cookies.length; start += atOnce) {
    const some = cookies.slice(start, start + atOnce)
    await Promise.all(
      some.map(async (cookie) => {
        const slow = Array.from({ length: requests }, (_, index) =>
          ask(port, `/slow/${requestMs}/field${index}`, cookie),
        )
        await delay(requestMs / 2)
        const { status } = await ask(portOfLogOut, '/log-out', cookie)
        if (status !== 200) throw new Error(`a log-out failed with ${status}`)
        await Promise.all(slow)
        const after = await ask(port, '/read', cookie)
        if (after.status === 200) count++
      }),
    )
  }
  return count
}
