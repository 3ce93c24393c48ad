/** An answer of the app. */
export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  /** The `Set-Cookie` header of the session, where the answer has one. */
  readonly setCookie: string | undefined
}

/** Sends requests to an app and keeps its session cookie, as a browser does. */
export class Browser {
  readonly #url: string
  /** The cookie to send, for example `connect.sid=s%3A…`; none by default. */
  cookie: string | undefined

  constructor(url: string, cookie?: string) {
    this.#url = url
    this.cookie = cookie
  }

  get(path: string): Promise<Answer> {
    return this.#send('GET', path)
  }

  post(path: string): Promise<Answer> {
    return this.#send('POST', path)
  }

  async #send(method: string, path: string): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: this.cookie === undefined ? {} : { cookie: this.cookie },
    })
    const body = JSON.parse(await response.text()) as Answer['body']
    const setCookie = response.headers
      .getSetCookie()
      .find((header) => header.startsWith('connect.sid='))
    if (setCookie !== undefined) this.cookie = setCookie.split(';', 1)[0]
    return { status: response.status, body, setCookie }
  }
}
