import { html } from './html.mjs'

/** The most sessions that are shown. */
const most = 100

const dateAndTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

/**
 * One row for each session, with a button that revokes it; the viewer's own has none, since that is
 * what logging out is for.
 * @param {readonly import('./sessions.mjs').LiveSession[]} sessions
 * @param {string | undefined} ownKey
 */
export const sessionTable = (sessions, ownKey) => html`
  <table>
    <thead>
      <tr>
        <th scope="col">User</th>
        <th scope="col" class="number">Visits</th>
        <th scope="col">Expires</th>
        <th scope="col"><span class="unseen">Action</span></th>
      </tr>
    </thead>
    <tbody>
      ${sessions.slice(0, most).map((session) => row(session, session.key === ownKey))}
    </tbody>
  </table>
  ${sessions.length > most && html`<p class="hint">And ${sessions.length - most} more.</p>`}
`

/**
 * @param {import('./sessions.mjs').LiveSession} session
 * @param {boolean} own
 */
const row = ({ key, user, visits, expires }, own) => html`
  <tr>
    <th scope="row"><bdi>${user}</bdi></th>
    <td class="number">${visits}</td>
    <td><time datetime="${expires.toISOString()}">${dateAndTime.format(expires)}</time></td>
    <td class="action">${own ? html`<span class="own">This one</span>` : revokeForm(key, user)}</td>
  </tr>
`

/**
 * @param {string} key
 * @param {string} user
 */
const revokeForm = (key, user) => html`
  <form method="post" action="/revoke">
    <input type="hidden" name="key" value="${key}" />
    <button class="danger">Revoke<span class="unseen"> the session of ${user}</span></button>
  </form>
`
