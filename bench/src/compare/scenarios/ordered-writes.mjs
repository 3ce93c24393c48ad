import session from 'express-session'
import { get, set } from '../../load/calls.mjs'

/** @type {import('./scenario.mjs').Scenario} */
export const scenario = {
  name: 'ordered-writes',
  title: 'Writes in a row',
  what: ({ sessions, writes }) =>
    `${sessions} sessions are set ${writes} times each, without waiting for answers. Once all have been answered, each session must be as it was set last.`,
  figures: [
    { key: 'lost', title: 'Sessions whose last write is lost' },
    { key: 'failed', title: 'Writes that failed' },
  ],
  async run({ numbers: { sessions, writes }, start }) {
    const application = await start({ survives: true })
    const figures = await application.order('write', { sessions, writes })
    await application.stop()
    return figures
  },
}

export const inside = {
  /** @param {any} store @param {{ sessions: number, writes: number }} argument */
  async write(store, { sessions, writes }) {
    const ids = Array.from({ length: sessions }, (_, index) => `ordered ${index}`)
    let failed = 0
    /** @type {Promise<unknown>[]} */
    const calls = []
    for (const id of ids) {
      for (let write = 1; write <= writes; write++)
        calls.push(set(store, id, sessionOf(write)).catch(() => (failed += 1)))
    }
    await Promise.all(calls)
    let lost = 0
    for (const id of ids) {
      const found = await get(store, id)
      if (found?.write !== writes) lost++
    }
    return { lost, failed }
  },
}

const sessionOf = (/** @type {number} */ write) => ({
  cookie: new session.Cookie({ maxAge: 3_600_000 }),
  write,
})
