import { setTimeout as delay } from 'node:timers/promises'
import { cookieHeaders } from '../../http/cookies.mjs'
import { Visitors } from '../visitors.mjs'

/** @type {import('./scenario.mjs').Scenario} */
export const scenario = {
  name: 'killed-server',
  title: 'The server is killed',
  together: 'databases',
  what: ({ visitors, awayMs, pauseMs }) =>
    `${visitors} visitors of an Express application have a session each, which every request changes, with ${pauseMs} ms between an answer and the next request. The server is killed by SIGKILL and started again ${awayMs / 1_000} s later. ` +
    'An error is an answer of the kind 5xx. Logged out are visitors whose session the server no longer had (401). A change is lost when the visitor was told of it and the session does not have it at the end. A store that fails at once has short requests; one that waits has requests as long as the server is away. ' +
    'Node.js ends a process at the first unhandled rejection: where that happened, the figures are from a second run, in which a listener keeps the process alive.',
  figures: [
    { key: 'errors', title: 'Errors that users saw' },
    { key: 'requests', title: 'of requests', isContext: true },
    { key: 'longest', title: 'Longest request', unit: 'ms' },
    { key: 'loggedOut', title: 'Logged out' },
    { key: 'lost', title: 'Visitors with a lost change' },
    { key: 'unhandled', title: 'Unhandled rejections and exceptions' },
    { key: 'ended', title: 'Process ended' },
  ],
  async run(stage) {
    const byDefault = await play(stage, false)
    if (byDefault.ended === 0) return byDefault
    return { ...(await play(stage, true)), ended: 1 }
  },
}

/** @param {import('./scenario.mjs').Stage} stage @param {boolean} survives */
async function play({ server, numbers, start }, survives) {
  const { visitors: count, pauseMs, beforeMs, awayMs, afterMs } = numbers
  const application = await start({ survives, sessions: count })
  const visitors = new Visitors(application.port, cookieHeaders().slice(0, count), pauseMs)
  await delay(beforeMs)
  await server.kill9()
  await delay(awayMs)
  await server.restart()
  // No visitor comes any more where the application is gone.
  if (!application.hasEnded()) await delay(afterMs)
  await visitors.stop()
  const ended = application.hasEnded()
  // What the server has, whatever became of the connections of the first.
  const reader = await start({ survives: true })
  const figures = {
    errors: visitors.errors,
    requests: visitors.requests,
    longest: visitors.longest,
    loggedOut: visitors.loggedOut,
    lost: await visitors.withoutChange(reader.port),
    unhandled: ended ? 1 : await application.order('unhandled'),
    ended: Number(ended),
  }
  await Promise.all([application.stop(), reader.stop()])
  return figures
}
