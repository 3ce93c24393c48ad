import { cookieHeaders } from '../../http/cookies.mjs'
import { ask } from '../visitors.mjs'

const prefix = 'field'

/** @type {import('./scenario.mjs').Scenario} */
export const scenario = {
  name: 'parallel-changes',
  title: 'Parallel changes of one session',
  what: ({ requests, requestMs }) =>
    `${requests} requests of one visitor are under way at the same time, take ${requestMs} ms, and each puts a field of its own into the session. By default the last one overwrites the others in every store, since express-session writes whole sessions. With an option, knex-session merges them: [\`onConflict\`](options.md#onconflict). It is not set here.`,
  figures: [{ key: 'lost', title: 'Fields lost' }],
  async run({ numbers: { requests, requestMs }, start }) {
    const application = await start({ sessions: 1, survives: true })
    const [cookie = ''] = cookieHeaders()
    await Promise.all(
      Array.from({ length: requests }, (_, index) =>
        ask(application.port, `/slow/${requestMs}/${prefix}${index}`, cookie),
      ),
    )
    const { text } = await ask(application.port, '/fields', cookie)
    await application.stop()
    const kept = JSON.parse(text).filter((name) => name.startsWith(prefix))
    return { lost: requests - kept.length }
  },
}
