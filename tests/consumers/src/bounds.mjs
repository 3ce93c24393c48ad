/**
 * The most that a tarball, its files and the files it loads may have, in kB of 1,000 bytes. The
 * README of each package prints them.
 * @type {Readonly<Record<string, { readonly tarball: number, readonly installed: number, readonly loaded: number }>>}
 */
export const bounds = {
  core: { tarball: 170, installed: 800, loaded: 185 },
  'dialect-cockroachdb': { tarball: 10, installed: 39, loaded: 17 },
  'dialect-mssql': { tarball: 14, installed: 65, loaded: 29 },
  'dialect-mysql': { tarball: 32, installed: 105, loaded: 48 },
  'dialect-oracle': { tarball: 12, installed: 50, loaded: 21 },
  'dialect-postgres': { tarball: 26, installed: 90, loaded: 40 },
  'dialect-sqlite': { tarball: 14, installed: 65, loaded: 31 },
  'dialect-testkit': { tarball: 155, installed: 650, loaded: 285 },
}

/** The most that the tarball of the command may have, in kB. */
export const commandBound = 20

/** The most that a bundle of core and one dialect may have, minified, in kB. */
export const bundleBound = 116
