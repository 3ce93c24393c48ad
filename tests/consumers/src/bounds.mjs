/**
 * The most that a tarball, its files and the files it loads may have, in kB of 1,000 bytes. The
 * README of each package prints them.
 * @type {Readonly<Record<string, { readonly tarball: number, readonly installed: number, readonly loaded: number }>>}
 */
export const bounds = {
  core: { tarball: 170, installed: 1_000, loaded: 190 },
  'dialect-mssql': { tarball: 20, installed: 90, loaded: 29 },
  'dialect-mysql': { tarball: 40, installed: 135, loaded: 48 },
  'dialect-oracle': { tarball: 15, installed: 70, loaded: 21 },
  'dialect-postgres': { tarball: 30, installed: 115, loaded: 40 },
  'dialect-sqlite': { tarball: 20, installed: 95, loaded: 31 },
  'dialect-testkit': { tarball: 155, installed: 700, loaded: 270 },
}

/** The most that the tarball of the command may have, in kB. */
export const commandBound = 20

/** The most that a bundle of core and one dialect may have, minified, in kB. */
export const bundleBound = 110
