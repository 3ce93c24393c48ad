import session from 'express-session'
import { get, set } from '../../load/calls.mjs'

const pairs = {
  case: ['look-alike a', 'look-alike A'],
  blank: ['look-alike b', 'look-alike b '],
  accent: ['look-alike c', 'look-alike ç'],
}

/** @type {import('./scenario.mjs').Scenario} */
export const scenario = {
  name: 'look-alike-ids',
  title: 'Ids that look alike',
  what: () =>
    'Two sessions are set under ids that differ in one way only, and both are read. 1 means that one was overwritten, or mistaken for the other. A store may also refuse an id with an error. The ids that express-session makes have letters of both cases, and neither blanks nor accents; an application may make its own (`genid`).',
  figures: [
    { key: 'case', title: 'Upper and lower case' },
    { key: 'blank', title: 'A blank at the end' },
    { key: 'accent', title: 'An accent' },
    { key: 'refused', title: 'Ids refused' },
  ],
  async run({ start }) {
    const application = await start({ survives: true })
    const figures = await application.order('compare')
    await application.stop()
    return figures
  },
}

export const inside = {
  /** @param {any} store */
  async compare(store) {
    const figures = { case: 0, blank: 0, accent: 0, refused: 0 }
    for (const [name, ids] of Object.entries(pairs)) {
      /** @type {string[]} */
      const taken = []
      for (const id of ids) {
        const cookie = new session.Cookie({ maxAge: 3_600_000 })
        await set(store, id, { cookie, owner: id }).then(
          () => taken.push(id),
          () => figures.refused++,
        )
      }
      const found = await Promise.all(taken.map((id) => get(store, id)))
      if (found.some((each, index) => each?.owner !== taken[index])) figures[name] = 1
    }
    return figures
  },
}
