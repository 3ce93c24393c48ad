import 'express-session'

declare module 'express-session' {
  /** What a log-in puts into the session; all absent before it. */
  interface SessionData {
    user: string
    visits: number
    /**
     * Names the session on pages and in forms, where its id, which is as good as a password, must
     * never show.
     */
    key: string
  }
}
