import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from '../../../scripts/build.mjs'
import { packBuilt } from '../../../scripts/steps/pack.mjs'
import { pnpm } from '../../../scripts/steps/pnpm.mjs'
import { root, run } from '../../../scripts/steps/step.mjs'

const names = ['core', 'dialect-mysql', 'dialect-postgres', 'dialect-sqlite']

/**
 * One of the two that are compared, its packages as they would be published.
 * @typedef {object} Side
 * @property {'old' | 'new'} name
 * @property {string} title what it was made from
 * @property {string} modules the URL of what loads its packages
 */

/**
 * Builds and packs a commit and the working tree, and unpacks both where they find the knex,
 * drivers and express-session of the bench: nothing but our packages differs.
 * @param {string} commit as git understands it
 * @returns {Promise<{ sides: readonly [Side, Side], remove: () => void }>} old and new
 */
export async function makeSides(commit) {
  const sha = shaOf(commit)
  const folder = mkdtempSync(
    fileURLToPath(new URL('../../node_modules/.against-', import.meta.url)),
  )
  const checkout = mkdtempSync(join(tmpdir(), 'knex-session-against-'))
  try {
    await buildCommit(sha, checkout)
    await succeed('The build of the working tree', build(names))
    const sides = /** @type {const} */ ([
      { name: 'old', title: titleOf(sha), modules: await unpack('old', folder, checkout) },
      {
        name: 'new',
        title: `the working tree: ${titleOf('HEAD')}${isChanged() ? ', with changes' : ''}`,
        modules: await unpack('new', folder, root),
      },
    ])
    return { sides, remove: () => rmSync(folder, { recursive: true, force: true }) }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  } finally {
    rmSync(checkout, { recursive: true, force: true })
  }
}

/**
 * An export leaves nothing behind in the repository when the run is broken off; a work tree would.
 */
async function buildCommit(sha, checkout) {
  const archive = join(checkout, '.commit.tar')
  git('archive', `--output=${archive}`, sha)
  execFileSync('tar', ['-xf', archive, '-C', checkout])
  rmSync(archive)
  // The lockfile was checked when the commit was made; checking it again would download the
  // metadata of every package.
  const flags = [
    '--frozen-lockfile',
    '--prefer-offline',
    '--trust-lockfile',
    '--ignore-scripts',
    '--reporter=silent',
  ]
  await succeed(
    'pnpm install of the commit',
    pnpm(['install', ...flags, '--filter=knex-session', '--filter=./packages/*'], checkout),
  )
  await succeed(
    'The build of the commit',
    run('npm', ['run', '--silent', 'build', '--', ...names], { cwd: checkout }),
  )
}

/** @param {string} side @param {string} folder @param {string} checkout */
async function unpack(side, folder, checkout) {
  const tarballs = join(folder, side, 'tarballs')
  for (const { name, tarball } of await packBuilt(tarballs, { checkout, names })) {
    const target = join(folder, side, 'node_modules', name)
    mkdirSync(target, { recursive: true })
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target])
  }
  const modules = join(folder, side, 'packages.mjs')
  copyFileSync(new URL('../contenders/packages.mjs', import.meta.url), modules)
  return pathToFileURL(modules).href
}

function shaOf(commit) {
  try {
    return git('rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`)
  } catch {
    throw new Error(`--against: git knows no commit ${commit}`)
  }
}

const titleOf = (commit) => git('show', '--no-patch', '--format=%h %s', commit)
const isChanged = () => git('status', '--porcelain', '--', 'packages') !== ''

/** @param {readonly string[]} args */
function git(...args) {
  return execFileSync('git', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim()
}

/** @param {string} what @param {Promise<number>} code */
async function succeed(what, code) {
  const ended = await code
  if (ended !== 0) throw new Error(`${what} ended with the exit code ${ended}`)
}
