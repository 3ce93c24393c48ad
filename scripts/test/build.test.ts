import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { removeStale } from '../build.mjs'

describe('a build', () => {
  it('begins without the files of one before, and without what is left of sources that are gone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'knex-session-build-'))
    const write = (file: string) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), '')
    }
    try {
      const kept = [
        'dist/esm.tsbuildinfo',
        'dist/cjs/package.json',
        ...['esm', 'cjs'].flatMap((form) => [
          `dist/${form}/index.d.ts`,
          `dist/${form}/room/there.d.ts`,
        ]),
      ]
      const stale = [
        'dist/esm/index.js',
        'dist/cjs/shared-1.js',
        'dist/cjs/room/gone.d.ts',
        'dist/esm/left/gone.d.ts',
      ]
      for (const file of ['src/index.ts', 'src/room/there.ts', ...kept, ...stale]) write(file)
      removeStale(folder)
      expect(stale.filter((file) => existsSync(join(folder, file)))).toEqual([])
      expect(kept.filter((file) => !existsSync(join(folder, file)))).toEqual([])
      expect(readdirSync(join(folder, 'dist/esm'))).not.toContain('left')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
