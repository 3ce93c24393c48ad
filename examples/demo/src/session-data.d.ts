import 'express-session'

declare module 'express-session' {
  /** What a log-in puts into the session; all absent before it. */
  interface SessionData {
    /** The id of the user. */
    user: string
    /** The browser that logged in, such as "Firefox on Linux". */
    device: string
    visits: number
  }
}
