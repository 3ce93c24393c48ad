/** What one page is to hold. */
export interface PageRange {
  /** The most rows. */
  readonly limit: number
  /** The first id, in the order of the column. Default: the first of all. */
  readonly from?: string
}

interface Listed {
  readonly sid: string
}

/**
 * Reads a table page by page, in the order of its ids; each row comes once, whatever is written
 * meanwhile. No id is compared here: what the column's collation takes for equal stays together, so
 * each page begins with the last row of the one before, and what was given is left out. Holds one
 * page.
 */
export async function* inPages<Row extends Listed>(
  read: (range: PageRange) => Promise<readonly Row[]>,
  size: number,
): AsyncGenerator<readonly Row[], void, void> {
  let given: ReadonlySet<string> = new Set()
  let range: PageRange = { limit: size }
  for (;;) {
    const rows = await read(range)
    const fresh = rows.filter(({ sid }) => !given.has(sid))
    yield fresh
    const last = rows.at(-1)
    if (!last || rows.length < range.limit) return
    // More than the last one came again: others are equal to it, and must not crowd out what
    // follows.
    const tied = rows.length - fresh.length > 1
    given = new Set([...(tied ? given : []), ...rows.map(({ sid }) => sid)])
    range = { from: last.sid, limit: size + (tied ? rows.length : 1) }
  }
}
