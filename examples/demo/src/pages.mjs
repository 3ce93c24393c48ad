import { html } from './html.mjs'
import { page } from './layout.mjs'
import { sessionTable } from './session-table.mjs'

/** @param {number} live */
const storedSessions = (live) => {
  if (live === 0) return 'No session is stored yet. Yours will be the first.'
  return live === 1
    ? '1 session is stored. Log in to see it.'
    : `${live} sessions are stored. Log in to see them.`
}

/**
 * What everyone sees who is not logged in.
 * @param {object} parts
 * @param {number} parts.live how many sessions are stored
 * @param {unknown} [parts.notice]
 * @param {string} [parts.wrongName] the name that was refused, if one was
 */
export const loginPage = ({ live, notice, wrongName }) => {
  const wrong = wrongName !== undefined
  return page({
    title: wrong ? 'Error: log in' : 'Log in',
    notice,
    main: html`
      <section class="card">
        <h1>Log in</h1>
        <form method="post" action="/login">
          <label for="name">Your name</label>
          <p class="hint" id="name-hint">
            Any name will do. There is no password, because the demo is about sessions.
          </p>
          ${wrong && html`<p class="error" id="name-error">Enter a name of 1 to 40 characters.</p>`}
          <input
            id="name"
            name="name"
            value="${wrongName ?? ''}"
            required
            maxlength="40"
            autocomplete="nickname"
            autofocus
            aria-describedby="name-hint${wrong && ' name-error'}"
            aria-invalid="${wrong}"
          />
          <button>Log in</button>
        </form>
      </section>
      <p class="hint">${storedSessions(live)}</p>
    `,
  })
}

/**
 * What a user sees who is logged in: this session, and all that are the user's.
 * @param {object} parts
 * @param {Partial<import('express-session').SessionData>} parts.current
 * @param {readonly import('./sessions.mjs').LiveSession[]} parts.sessions
 * @param {unknown} parts.notice
 */
export const sessionsPage = ({ current, sessions, notice }) =>
  page({
    title: 'Your session',
    notice,
    main: html`
      <section class="card">
        <h1>Hello, <bdi>${current.user}</bdi></h1>
        <p class="visits">
          <strong>${current.visits}</strong> ${current.visits === 1 ? 'visit' : 'visits'} in this
          session
        </p>
        <p>
          Stop the demo, start it again and reload this page: you are still logged in, and it goes
          on counting.
        </p>
        <div class="actions">
          <a class="button" href="/">Visit again</a>
          <form method="post" action="/logout"><button class="quiet">Log out</button></form>
        </div>
      </section>
      <section aria-labelledby="live">
        <h2 id="live">Your live sessions</h2>
        ${sessionTable(sessions, current.key)}
        <p class="hint">
          ${
            sessions.length === 1
              ? 'This is the only one. Open this page in a private window or another browser and log in there with the same name: that session appears here.'
              : 'These are your sessions. Those of other users are neither shown nor can you revoke them.'
          }
        </p>
      </section>
    `,
  })

/** @type {ReadonlyMap<number, readonly [title: string, what: string]>} */
const errors = new Map([
  [403, ['Not allowed', 'This form was sent from another site, so nothing was done.']],
  [404, ['Page not found', 'There is nothing at this address.']],
  [413, ['Too much', 'The form is larger than the demo takes.']],
  [500, ['Something went wrong', 'The demo could not answer. The terminal it runs in says why.']],
])

/** @param {number} status */
export const errorPage = (status) => {
  const [title, what] = errors.get(status) ?? [
    'Not understood',
    'The demo could not make sense of this request.',
  ]
  return page({
    title,
    main: html`
      <section class="card">
        <p class="status">Error ${status}</p>
        <h1>${title}</h1>
        <p>${what}</p>
        <div class="actions"><a class="button" href="/">Back to the start</a></div>
      </section>
    `,
  })
}
