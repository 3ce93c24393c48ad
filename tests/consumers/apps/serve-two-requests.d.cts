import type { Store } from 'express-session'
import type session from 'express-session'

export function serveTwoRequests(
  use: typeof session,
  store: Store & { close(): Promise<void> },
): Promise<string[]>
