/**
 * @typedef {object} Page
 * @property {string} user
 * @property {string} handle the session's, which the store gives
 * @property {import('express').Response} response
 */

/** The pages that are open in browsers, which hear of changes by server-sent events. */
export class LivePages {
  /** @type {Set<Page>} */
  #pages = new Set()

  /** @param {Page} page one more */
  add(page) {
    page.response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    // How long a browser waits before it connects again, in ms.
    page.response.write('retry: 500\n\n')
    this.#pages.add(page)
    page.response.on('close', () => this.#pages.delete(page))
  }

  /**
   * Sends an event to the open pages of one user, and of nobody else.
   * @param {string} user
   * @param {string} event
   * @param {unknown} [data]
   */
  send(user, event, data = {}) {
    for (const page of this.#pages) if (page.user === user) write(page, event, data)
  }

  /**
   * Says to the pages of a session that was ended that it was, and no more from then on.
   * @param {{ readonly handle?: string, readonly id?: string }} session by its handle or its id
   */
  end({ handle, id }) {
    for (const page of this.#pages)
      if (page.handle === handle || page.response.req.sessionID === id) {
        this.#pages.delete(page)
        write(page, 'ended')
        page.response.end()
      }
  }

  /** Ends all, when the server stops. */
  close() {
    for (const { response } of this.#pages) response.end()
  }
}

/**
 * @param {Page} page
 * @param {string} event
 * @param {unknown} [data]
 */
const write = ({ response }, event, data = {}) =>
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
