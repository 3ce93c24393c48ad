import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

const root = join(__dirname, '../../..')
const here = join(__dirname, '..')
const source = (path: string) => join(root, 'packages', path)

/** What a command printed and ended with. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command, made of the sources, in a folder of an application that has the drivers. */
export class TestCommand {
  readonly folder: string
  readonly #bin: string

  private constructor(folder: string) {
    this.folder = folder
    this.#bin = join(folder, 'bin', 'main.mjs')
  }

  static async make(): Promise<TestCommand> {
    // Below this package, so that what it depends on is found.
    mkdirSync(join(here, 'dist'), { recursive: true })
    const folder = mkdtempSync(join(here, 'dist', 'test-'))
    const command = new TestCommand(folder)
    const dialects = ['postgres', 'cockroachdb', 'mysql', 'sqlite', 'mssql', 'oracle']
    await build({
      entryPoints: [join(here, 'src/main.ts')],
      outfile: command.#bin,
      bundle: true,
      packages: 'external',
      // The packages name the files that they are built into as those with side effects.
      ignoreAnnotations: true,
      platform: 'node',
      format: 'esm',
      target: 'es2022',
      logLevel: 'error',
      alias: {
        '@knex-session/core': source('core/src/index.ts'),
        '@knex-session/core/dialect': source('core/src/dialect/index.ts'),
        '@knex-session/core/migration': source('core/src/migration.ts'),
        '@knex-session/core/standalone': source('core/src/standalone.ts'),
        ...Object.fromEntries(
          dialects.map((name) => [
            `@knex-session/dialect-${name}`,
            source(`dialect-${name}/src/index.ts`),
          ]),
        ),
      },
    })
    return command
  }

  /** An empty folder, in which knex and the drivers are found, with files by their paths. */
  application(files: Readonly<Record<string, string>> = {}): string {
    const folder = mkdtempSync(join(this.folder, 'app-'))
    for (const [path, text] of Object.entries({ 'package.json': '{}', ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return folder
  }

  /** Runs the command in a folder, with no variables but the path and those given. */
  run(args: readonly string[], where: Partial<Where> = {}): Promise<Ended> {
    return this.start(args, where).ended
  }

  /** Starts the command, as `run` does. */
  start(args: readonly string[], { cwd = this.folder, env }: Partial<Where> = {}): Started {
    return start([this.#bin, ...args], { cwd, env })
  }

  /** Runs Node.js. */
  node(args: readonly string[], where: Where): Promise<Ended> {
    return start(args, where).ended
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** Where something runs, and with which variables. */
interface Where {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** A command that runs. */
export interface Started {
  readonly ended: Promise<Ended>
  /** Resolves when it has printed a text. */
  says(text: string): Promise<void>
  kill(signal: NodeJS.Signals): void
}

function start(args: readonly string[], { cwd, env = {} }: Where): Started {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (texts[stream] += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...texts }))
  })
  const says = async (text: string) => {
    while (!`${texts.stdout}${texts.stderr}`.includes(text)) await once(child.stderr, 'data')
  }
  return { ended, says, kill: (signal) => void child.kill(signal) }
}
