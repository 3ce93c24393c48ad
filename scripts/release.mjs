// Publishes every package whose version npm does not have, from the tarballs that the tests
// install. --dry-run publishes nothing.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pack } from './steps/pack.mjs'
import { run } from './steps/step.mjs'

const dryRun = process.argv.includes('--dry-run')

/**
 * Whether npm has a version.
 * @param {import('./steps/packed.mjs').Packed} packed
 */
const isPublished = async ({ name, version }) => {
  try {
    const { stdout } = await promisify(execFile)('npm', [
      'view',
      `${name}@${version}`,
      'version',
      '--json',
    ])
    return stdout.trim() !== ''
  } catch (error) {
    const { stdout = '' } = /** @type {{ stdout?: string }} */ (error)
    // A package that does not exist yet is no failure; a registry that does not answer is one.
    if (stdout.includes('E404')) return false
    throw error
  }
}

/** @param {readonly import('./steps/packed.mjs').Packed[]} packages */
const publish = async (packages) => {
  for (const packed of packages) {
    const { name, version, tarball } = packed
    if (!dryRun && (await isPublished(packed))) {
      console.log(`${name}@${version} is on npm already`)
      continue
    }
    // Provenance needs a workflow, so a dry run goes without it.
    const code = await run('npm', [
      'publish',
      tarball,
      '--access=public',
      ...(dryRun ? ['--dry-run', '--provenance=false'] : ['--provenance']),
    ])
    if (code !== 0)
      throw new Error(`npm publish of ${name}@${version} ended with the exit code ${code}.`)
  }
  // Prints a line for each tag, from which the workflow makes the releases on GitHub.
  if (!dryRun && (await run('npx', ['changeset', 'tag'])) !== 0)
    throw new Error('changeset tag failed')
}

const folder = mkdtempSync(join(tmpdir(), 'knex-session-release-'))
try {
  await publish(await pack(folder))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
