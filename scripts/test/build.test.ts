import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { runInNewContext } from 'node:vm'
import {
  removeStale,
  withOneLoadEach,
  withPlainExports,
  withShortNames,
  withTabs,
} from '../build.mjs'

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

  it('has CommonJS files load and export without what only `import` of them needs', () => {
    const helpers = [
      'var __defProp = Object.defineProperty;',
      'var __getOwnPropDesc = Object.getOwnPropertyDescriptor;',
      'var __getOwnPropNames = Object.getOwnPropertyNames;',
      'var __hasOwnProp = Object.prototype.hasOwnProperty;',
      'var __export = (target, all) => {',
      '  for (var name in all)',
      '    __defProp(target, name, { get: all[name], enumerable: true });',
      '};',
      'var __copyProps = (to, from, except, desc) => {',
      '  return to;',
      '};',
      'var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);',
    ]
    const code = [
      ...helpers,
      'var AB12CD34_exports = {};',
      '__export(AB12CD34_exports, {',
      '  two: () => two',
      '});',
      'module.exports = __toCommonJS(AB12CD34_exports);',
      'var import_EF56GH78 = require("./EF56GH78.js");',
      'var two = 2 * (0, import_EF56GH78.one)();',
    ]
    const plain = withPlainExports(withShortNames(code.join('\n')))
    expect(plain.split('\n')).toEqual([
      helpers[0],
      ...helpers.slice(4, 8),
      '__export(exports, {',
      '  two: () => two',
      '});',
      'var file0 = require("./EF56GH78.js");',
      'var two = 2 * (0, file0.one)();',
    ])
    const exported: { two?: number } = {}
    const required = { one: () => 1 }
    runInNewContext(plain, { exports: exported, require: () => required })
    expect(exported.two).toBe(2)
  })
})

describe('built code', () => {
  it('loads each module once', () => {
    const code = [
      'var import_strict = __toESM(require("node:assert/strict"), 1);',
      'var import_node_util = require("node:util");',
      'var import_strict2 = __toESM(require("node:assert/strict"), 1);',
      'var import_strict3 = require("node:assert/strict");',
      'import_strict2.default((0, import_node_util.inspect)(import_strict3.ok, import_strict));',
    ]
    expect(withOneLoadEach(code.join('\n')).split('\n')).toEqual([
      ...code.slice(0, 2),
      code[3],
      'import_strict.default((0, import_node_util.inspect)(import_strict3.ok, import_strict));',
    ])
  })

  it('is indented by tabs', async () => {
    const code = 'if (a) {\n  if (b) {\n    c("`  d", `\n e`)\n   .f()\n  }\n}'
    expect(await withTabs(code, build)).toBe(
      'if (a) {\n\tif (b) {\n\t\tc("`  d", `\n e`)\n\t .f()\n\t}\n}',
    )
  })

  it('keeps its spaces where a text that goes over several lines has some', async () => {
    const code = 'const text = `a\n  b`\nif (c) {\n  d()\n}'
    expect(await withTabs(code, build)).toBe(code)
  })
})
