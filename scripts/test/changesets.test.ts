import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../steps/step.mjs'

const packages = readdirSync(join(root, 'packages'))
const changeset = join(root, 'node_modules/@changesets/cli/bin.js')

interface Manifest {
  readonly name: string
  readonly version: string
  readonly peerDependencies: Readonly<Record<string, string>>
}

/**
 * The manifests of this repository, which is what changesets reads, in a repository of their own.
 */
const copy = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-changesets-'))
  const workspaces = ['packages', 'tests/drivers', 'examples'].flatMap((parent) =>
    readdirSync(join(root, parent))
      .map((name) => join(parent, name))
      .filter((folder) => existsSync(join(root, folder, 'package.json'))),
  )
  const files = ['', 'bench', 'tests', 'tests/consumers', ...workspaces].map((workspace) =>
    join(workspace, 'package.json'),
  )
  for (const file of [...files, 'pnpm-workspace.yaml', '.changeset/config.json']) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(root, file), join(folder, file))
  }
  return folder
}

/** The manifests after a release of one change of one package. */
const release = (name: string, kind: string): readonly Manifest[] => {
  const folder = copy()
  const command = (file: string, ...args: string[]): string =>
    execFileSync(file, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  try {
    writeFileSync(
      join(folder, '.changeset/a-change.md'),
      `---\n'${name}': ${kind}\n---\n\nA change.\n`,
    )
    command('git', 'init', '--quiet')
    command('git', 'add', '--all')
    command(
      'git',
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@localhost',
      'commit',
      '--quiet',
      '--message=A change',
    )
    command(process.execPath, changeset, 'version')
    return packages.map(
      (short) =>
        JSON.parse(
          readFileSync(join(folder, 'packages', short, 'package.json'), 'utf8'),
        ) as Manifest,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const next = (kind: string): string => {
  const { version } = JSON.parse(
    readFileSync(join(root, 'packages/core/package.json'), 'utf8'),
  ) as Manifest
  const [major, minor, patch] = version.split('.').map(Number) as [number, number, number]
  if (kind === 'patch') return `${major}.${minor}.${patch + 1}`
  return kind === 'minor' ? `${major}.${minor + 1}.0` : `${major + 1}.0.0`
}

describe.each(['patch', 'minor', 'major'])('a %s change of one package', (kind) => {
  it.each(['@knex-session/core', '@knex-session/dialect-mysql'])(
    '%s releases all packages, with one next version',
    (name) => {
      expect(release(name, kind).map(({ version }) => version)).toEqual(
        packages.map(() => next(kind)),
      )
    },
  )
})
