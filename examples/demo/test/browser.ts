/** A page as it came. */
export interface Page {
  readonly status: number
  readonly location: string | null
  readonly headers: Headers
  readonly text: string
}

/**
 * What the tests need of a browser: it keeps the cookies of one site, sends forms with the token of
 * the last page, and follows a redirect only when told to.
 */
export class Browser {
  readonly #userAgent: string
  /** That of the session. */
  cookie = ''
  #notice = ''
  token = ''

  constructor(
    userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  ) {
    this.#userAgent = userAgent
  }

  async get(url: string): Promise<Page> {
    return this.#send(url, {})
  }

  async post(
    url: string,
    form: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    const body = new URLSearchParams({ token: this.token, ...form })
    return this.#send(url, { method: 'POST', body, headers })
  }

  /** Begins to read a stream of events. */
  async listen(url: string): Promise<Events> {
    const response = await fetch(url, { headers: this.#headers(), redirect: 'manual' })
    return new Events(response)
  }

  async #send(url: string, init: RequestInit): Promise<Page> {
    const headers = this.#headers(init.headers)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const kept = pair.endsWith('=') ? '' : pair
      if (pair.startsWith('knex-session-demo-notice=')) this.#notice = kept
      else this.cookie = kept
    }
    const text = await response.text()
    this.token = /name="token" value="([^"]+)"/.exec(text)?.[1] ?? this.token
    const location = response.headers.get('location')
    return { status: response.status, location, headers: response.headers, text }
  }

  #headers(init?: RequestInit['headers']): Headers {
    const headers = new Headers(init)
    headers.set('user-agent', this.#userAgent)
    if (!headers.has('accept')) headers.set('accept', 'text/html')
    const cookies = [this.cookie, this.#notice].filter((cookie) => cookie !== '')
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
    return headers
  }
}

/** Server-sent events, one after the other. */
export class Events {
  readonly status: number
  readonly #chunks: AsyncIterator<string> | undefined
  #text = ''

  constructor(response: Response) {
    this.status = response.status
    this.#chunks = response.body?.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  }

  /** The name of the next event; `undefined` when the stream has ended. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const [block, rest] = this.#text.split(/\n\n(.*)/s, 2)
      if (rest !== undefined) {
        this.#text = rest
        const name = /^event: (.*)$/m.exec(block ?? '')?.[1]
        if (name !== undefined) return name
        continue
      }
      const { done, value } = (await this.#chunks?.next()) ?? { done: true, value: undefined }
      if (done === true) return undefined
      this.#text += value
    }
  }

  async close(): Promise<void> {
    await this.#chunks?.return?.()
  }
}

/** The visits that a page counts for its own session; undefined where nobody is logged in. */
export function visitsOn(page: Page): number | undefined {
  const count = /Active now[^]*?(\d+)\s+visits?/.exec(page.text)?.[1]
  return count === undefined ? undefined : Number(count)
}

/** The devices in the list, as HTML. */
export function devicesOn(page: Page): string[] {
  return [...page.text.matchAll(/<li>\s*<div>\s*<strong>(.*?)<\/strong>/gs)].map(
    ([, device = '']) => device,
  )
}

/** The handles in the forms that log a device out. */
export function handlesOn(page: Page): string[] {
  return [...page.text.matchAll(/name="handle" value="([^"]+)"/g)].map(([, handle = '']) => handle)
}
