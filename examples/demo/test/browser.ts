/** A page as it came. */
export interface Page {
  readonly status: number
  readonly location: string | null
  readonly headers: Headers
  readonly text: string
}

/**
 * What the tests need of a browser: it keeps the cookies of one site, sends forms, and follows a
 * redirect only when told to.
 */
export class Browser {
  /** That of the session. */
  cookie = ''
  #notice = ''

  async get(url: string): Promise<Page> {
    return this.#send(url, {})
  }

  async post(
    url: string,
    form: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    return this.#send(url, { method: 'POST', body: new URLSearchParams(form), headers })
  }

  async #send(url: string, init: RequestInit): Promise<Page> {
    const headers = new Headers(init.headers)
    const cookies = [this.cookie, this.#notice].filter((cookie) => cookie !== '')
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const kept = pair.endsWith('=') ? '' : pair
      if (pair.startsWith('knex-session-demo-notice=')) this.#notice = kept
      else this.cookie = kept
    }
    return {
      status: response.status,
      location: response.headers.get('location'),
      headers: response.headers,
      text: await response.text(),
    }
  }
}

/** The visits a page counts; undefined when it is not the page of someone logged in. */
export function visitsOn(page: Page): number | undefined {
  const count = /<strong>(\d+)<\/strong>\s+visits?\s+in\s+this\s+session/.exec(page.text)?.[1]
  return count === undefined ? undefined : Number(count)
}

/** The users in the list of live sessions, as HTML. */
export function usersOn(page: Page): string[] {
  return [...page.text.matchAll(/<th scope="row"><bdi>(.*?)<\/bdi>/gs)].map(([, user = '']) => user)
}

/** The keys in the forms that revoke a session. */
export function keysOn(page: Page): string[] {
  return [...page.text.matchAll(/name="key" value="([^"]+)"/g)].map(([, key = '']) => key)
}
