import { html } from './html.mjs'

/** What a page may say about the request before it, by the name that is in a cookie. */
const notices = new Map([
  ['logged-out', 'You are logged out. Your session is deleted.'],
  ['revoked', 'The session is revoked. Whoever had it has to log in again.'],
  ['gone', 'That session had ended already.'],
  ['ended', 'Your session has ended: it expired or was revoked. Log in to start a new one.'],
])

/**
 * A whole page.
 * @param {object} parts
 * @param {string} parts.title
 * @param {unknown} [parts.notice] the name of a notice; any other value says nothing
 * @param {import('./html.mjs').Html} parts.main
 */
export const page = ({ title, notice, main }) => {
  const text = notices.get(String(notice))
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – knex-session demo</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header>
          <a class="brand" href="/"
            ><img src="/icon.svg" alt="" width="28" height="28" />knex-session demo</a
          >
        </header>
        <main>${text && html`<p class="notice" role="status">${text}</p>`}${main}</main>
        <footer>
          <p>
            Sessions of <code>express-session</code>, kept in an SQLite file by
            <code>@knex-session/core</code> and <code>@knex-session/dialect-sqlite</code>.
          </p>
        </footer>
      </body>
    </html>`.toString()
}
