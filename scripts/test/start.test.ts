import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
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
