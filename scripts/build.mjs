// Builds packages, once as ES modules and once as CommonJS. Arguments: folder names under
// packages/; none means all.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, run } from './steps/step.mjs'

/**
 * @param {readonly string[]} names
 * @returns {Promise<number>} the compiler's exit code
 */
export const build = async (names) => {
  const folders = names.map((name) => join('packages', name))
  for (const folder of folders) {
    // Inside a package of type "module", only this makes the twin's .js files CommonJS.
    mkdirSync(join(root, folder, 'dist/cjs'), { recursive: true })
    writeFileSync(join(root, folder, 'dist/cjs/package.json'), '{ "type": "commonjs" }\n')
  }
  const projects = folders.flatMap((folder) => [folder, join(folder, 'tsconfig.cjs.json')])
  const code = await run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', ...projects])
  if (code === 0)
    for (const folder of folders) {
      removeStale(join(root, folder))
      await withoutComments(join(root, folder, 'dist'))
    }
  return code
}

/**
 * Removes what was built of sources and folders that are there no longer, which the compiler leaves
 * and `npm pack` would take along.
 * @param {string} folder of a package
 */
export const removeStale = (folder) => {
  for (const form of ['esm', 'cjs']) {
    const built = join(folder, 'dist', form)
    for (const entry of readdirSync(built, { recursive: true, encoding: 'utf8' })) {
      const source = entry.replace(/\.(js|d\.ts)$/, '.ts')
      const isBuilt =
        source !== entry || statSync(join(built, entry), { throwIfNoEntry: false })?.isDirectory()
      if (isBuilt && !existsSync(join(folder, 'src', source)))
        rmSync(join(built, entry), { recursive: true, force: true })
    }
  }
}

/**
 * Takes the comments out of what is loaded, a quarter of it: the declarations have those that users
 * read. The code stays as readable as its source, so there are no maps.
 * @param {string} folder
 */
const withoutComments = async (folder) => {
  // Only when packages are built: this file is loaded before they are installed.
  const { build: bundle } = await import('esbuild')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => join(folder, file))
  for (const file of files) writeFileSync(file, withoutDocblocks(readFileSync(file, 'utf8')))
  return bundle({
    entryPoints: files,
    outdir: folder,
    outbase: folder,
    allowOverwrite: true,
    legalComments: 'none',
    target: 'es2022',
    logLevel: 'error',
  })
}

/**
 * esbuild keeps those within classes.
 * @param {string} code
 */
const withoutDocblocks = (code) => code.replace(/^[ \t]*\/\*\*[^]*?\*\/[ \t]*\n/gm, '')

export const everyPackage = () => readdirSync(join(root, 'packages'))

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = process.argv.slice(2)
  // Not awaited: jest, which loads modules as CommonJS, takes no await at the top.
  void build(names.length > 0 ? names : everyPackage()).then((code) => (process.exitCode = code))
}
