// Builds packages, once as ES modules and once as CommonJS: the compiler checks them and writes the
// declarations, esbuild joins the sources of each entry into one file. Arguments: folder names under
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
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, run } from './steps/step.mjs'

/**
 * @param {readonly string[]} names
 * @returns {Promise<number>} the compiler's exit code
 */
export const build = async (names) => {
  const folders = names.map((name) => join('packages', name))
  for (const folder of folders) markTwin(join(root, folder))
  const projects = folders.flatMap((folder) => [folder, join(folder, 'tsconfig.cjs.json')])
  const code = await run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', ...projects])
  if (code === 0)
    for (const folder of folders) {
      removeStale(join(root, folder))
      await bundle(join(root, folder), await import('esbuild'))
    }
  return code
}

/**
 * Inside a package of type "module", only this makes the twin's .js files CommonJS.
 * @param {string} folder that has, or gets, `dist`
 */
const markTwin = (folder) => {
  mkdirSync(join(folder, 'dist/cjs'), { recursive: true })
  writeFileSync(join(folder, 'dist/cjs/package.json'), '{ "type": "commonjs" }\n')
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
      const source = entry.replace(/\.d\.ts$/, '.ts')
      const isBuilt =
        source !== entry || statSync(join(built, entry), { throwIfNoEntry: false })?.isDirectory()
      if (entry.endsWith('.js') || (isBuilt && !existsSync(join(folder, 'src', source))))
        rmSync(join(built, entry), { recursive: true, force: true })
    }
  }
}

/**
 * Joins the sources of each entry into one file; what entries share is in files of its own, so that
 * there is one of each class. The code is without comments, which are a quarter of it: users read
 * those of the declarations. It stays as readable as its source, so there are no maps.
 * @param {string} folder of a package
 * @param {object} options
 * @param {typeof import('esbuild').build} options.build esbuild's: this file is loaded before it is
 * installed
 * @param {string} [options.into] the folder that gets `dist`. Default: the package's
 */
export const bundle = async (folder, { build: esbuild, into = folder }) => {
  /** @type {import('esbuild').BuildOptions} */
  const common = { target: 'es2022', platform: 'node', legalComments: 'none', logLevel: 'error' }
  markTwin(into)
  const esm = join(into, 'dist/esm')
  await esbuild({
    ...common,
    entryPoints: entriesOf(folder).map((name) => join(folder, 'src', `${name}.ts`)),
    outbase: join(folder, 'src'),
    outdir: esm,
    bundle: true,
    packages: 'external',
    format: 'esm',
    splitting: true,
    // The code names it wherever it uses something of another file.
    chunkNames: '[hash]',
  })
  const files = readdirSync(esm, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => join(esm, file))
  for (const file of files) writeFileSync(file, withoutDocblocks(readFileSync(file, 'utf8')))
  const entries = entriesOf(folder).map((name) => join(esm, `${name}.js`))
  const shared = files.filter((file) => !entries.includes(file))
  // For Node.js an entry lists its exports once more, which only `import` of a CommonJS file needs.
  for (const { entryPoints, platform } of [
    { entryPoints: entries, platform: /** @type {const} */ ('node') },
    { entryPoints: shared, platform: /** @type {const} */ ('neutral') },
  ])
    await esbuild({
      ...common,
      platform,
      entryPoints,
      outbase: esm,
      outdir: join(into, 'dist/cjs'),
      format: 'cjs',
      // `import()` of such a file would not find its exports; `require` does.
      supported: { 'dynamic-import': false },
    })
  for (const file of files) {
    const twin = join(into, 'dist/cjs', relative(esm, file))
    const code = withShortNames(withOneLoadEach(readFileSync(twin, 'utf8')))
    writeFileSync(twin, shared.includes(file) ? withPlainExports(code) : code)
  }
  for (const form of ['esm', 'cjs'])
    for (const file of files.map((each) => join(into, 'dist', form, relative(esm, each))))
      writeFileSync(file, await withTabs(readFileSync(file, 'utf8'), esbuild))
}

/**
 * Has a CommonJS file load each module once: esbuild does it again for each source that is in it.
 * @param {string} code
 */
export const withOneLoadEach = (code) => {
  /** @type {Map<string, string>} the first name of what is loaded */
  const first = new Map()
  /** @type {Map<string, string>} the first name of what has a further one */
  const same = new Map()
  const once = code.replace(
    /^var (import_\w+) = (.*\brequire\(".+"\).*);\n/gm,
    (line, /** @type {string} */ name, /** @type {string} */ load) => {
      const known = first.get(load)
      if (known === undefined) first.set(load, name)
      else same.set(name, known)
      return known === undefined ? line : ''
    },
  )
  return once.replace(/\bimport_\w+/g, (name) => same.get(name) ?? name)
}

/**
 * Has a CommonJS file name the others by numbers, in place of their hashes.
 * @param {string} code
 */
export const withShortNames = (code) => {
  const names = [...new Set(code.match(/\bimport_[A-Z\d]{8}\b/g) ?? [])]
  return names.reduce((text, name, place) => text.replaceAll(name, `file${place}`), code)
}

/**
 * Indents code by tabs in place of esbuild's spaces, which are a twentieth more of it. Left as it is
 * where that would change a text that goes over several lines: both mean the same if they are the
 * same without indentation.
 * @param {string} code
 * @param {typeof import('esbuild').build} esbuild
 * @returns {Promise<string>}
 */
export const withTabs = async (code, esbuild) => {
  const bare = async (/** @type {string} */ contents) => {
    const options = /** @type {const} */ ({ minifyWhitespace: true, write: false })
    const { outputFiles } = await esbuild({ stdin: { contents }, ...options })
    return outputFiles[0]?.text
  }
  const tabbed = code.replace(/^(?: {2})+/gm, (spaces) => '\t'.repeat(spaces.length / 2))
  return (await bare(tabbed)) === (await bare(code)) ? tabbed : code
}

/**
 * Has a CommonJS file that only the others load export without what is there for `import` of it: it
 * is in each file, and as long as a page.
 * @param {string} code
 */
export const withPlainExports = (code) => {
  const plain = code
    .replace(/^var \w+_exports = \{\};\n__export\(\w+_exports, /m, '__export(exports, ')
    .replace(/^(?:var __toCommonJS = .*|module\.exports = __toCommonJS\(.*)\n/gm, '')
  if (plain.includes('__toESM(')) return plain
  return plain
    .replace(/^var (?:__getOwnPropDesc|__getOwnPropNames|__hasOwnProp) = .*\n/gm, '')
    .replace(/^var __copyProps = [^]*?\n\};\n/m, '')
}

/**
 * The modules that `package.json`, or a file beside it, loads from `dist`.
 * @param {string} folder of a package
 */
const entriesOf = (folder) => {
  const files = readdirSync(folder).filter((file) => /^package\.json$|\.[cm]js$/.test(file))
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'))
  const names = Array.from(
    texts.join('').matchAll(/\.\/dist\/(?:esm|cjs)\/([\w/-]+)\.js/g),
    ([, name]) => name,
  )
  return [...new Set(names)]
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
