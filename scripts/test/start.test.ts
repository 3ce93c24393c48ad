import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifest } from '../start/lock.mjs'
import { root } from '../steps/step.mjs'

/** Runs `npm start` with arguments, without npm. */
function start(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts/start.mjs'), ...args],
    { encoding: 'utf8' },
  )
  return { status, stdout, stderr }
}

describe('npm start, before anything is installed', () => {
  it('refuses what it does not know', () => {
    for (const args of [['--prot', '1'], ['--port', 'abc'], ['stray']]) {
      const { status, stdout, stderr } = start(...args)
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
      expect(stderr).toContain(args[0])
      expect(stderr).toContain('Usage: npm start -- ')
    }
  })

  it('says how it is used', () => {
    const { status, stdout, stderr } = start('--help')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^Usage: npm start -- .*\n/)
  })
})

describe('what npm start installs', () => {
  const read = (file: string) =>
    JSON.parse(readFileSync(join(root, 'scripts/start', file), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>
      readonly packages: Readonly<
        Record<string, { readonly dependencies: object; readonly resolved?: string }>
      >
    }

  it('is what the demo depends on, in the versions of the workspace (npm run demo:lock writes it)', () => {
    const { dependencies } = manifest()
    expect(Object.keys(dependencies)).toContain('express')
    expect(read('package.json').dependencies).toEqual(dependencies)
    expect(read('package-lock.json').packages['']!.dependencies).toEqual(dependencies)
  })

  it('is locked with the address of each file, so that npm asks for nothing else', () => {
    const { '': _, ...packages } = read('package-lock.json').packages
    expect(Object.keys(packages).length).toBeGreaterThan(50)
    const without = Object.entries(packages).filter(
      ([, { resolved }]) => !resolved?.startsWith('https://registry.npmjs.org/'),
    )
    expect(without).toEqual([])
  })
})
