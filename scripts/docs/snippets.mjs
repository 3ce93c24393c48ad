import { dirname, join } from 'node:path'
import ts from 'typescript'
import { root } from '../steps/step.mjs'

/** @typedef {import('./markdown.mjs').Block} Block */

/**
 * What a fragment may take for granted, by the marker `<!-- given: app, store -->` above its fence.
 * @type {Readonly<Record<string, string>>}
 */
const givens = {
  app: `import('express').Express`,
  knex: `import('knex').Knex`,
  session: `typeof import('express-session')`,
  store: `import('@knex-session/core').KnexSessionStore`,
}

/** What the sessions in the examples hold. */
const ambient = {
  'sessions.d.mts': `
    import 'express-session'
    declare module 'express-session' { interface SessionData { views?: number; userId?: string; browser?: string } }`,
}

// Here the packages, express and the drivers can be found; an example finds itself and its driver
// in its own folder.
const folder = join(root, 'tests')

/** @param {Block} block */
const folderOf = ({ file }) => (file.startsWith('examples/') ? join(root, dirname(file)) : folder)

/**
 * Whether a block is checked: TypeScript or JavaScript without the marker
 * `<!-- not compiled: reason -->`.
 * @param {Block} block
 */
export const isChecked = ({ language, marker }) =>
  ['ts', 'js'].includes(language) && !marker?.startsWith('not compiled: ')

/**
 * Where a block stands: `<!-- file: name -->` above its fence lets other blocks of the page import
 * it.
 * @param {Block} block
 * @param {number} index
 */
const nameOf = (block, index) => {
  const file = block.marker?.startsWith('file: ')
    ? block.marker.slice('file: '.length)
    : `snippet-${index}.${extension(block)}`
  return join(folderOf(block), block.file.replaceAll(/\W/g, '-'), file)
}

/** @param {Block} block */
const extension = ({ language, code }) =>
  language === 'ts' ? 'mts' : /\brequire\(/.test(code) ? 'cjs' : 'mjs'

/**
 * The code with its givens, which take no line of their own so that line numbers stay.
 * @param {Block} block
 */
const sourceOf = ({ language, code, marker, file, line }) => {
  const names = marker?.startsWith('given: ') ? marker.slice('given: '.length).split(/,\s*/) : []
  const declarations = names.map((name) => {
    const type = givens[name]
    if (type === undefined)
      throw new Error(`${file}:${line}: nothing is known of the given \`${name}\``)
    return language === 'ts'
      ? `declare const ${name}: ${type}; `
      : `const ${name} = /** @type {${type}} */ (/** @type {unknown} */ (null)); `
  })
  return `${declarations.join('')}${code}\nexport {}\n`
}

/** @type {ts.CompilerOptions} */
const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node', 'jest'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  allowJs: true,
  checkJs: true,
  noEmit: true,
  skipLibCheck: true,
  // The sources of the packages: nothing has to be built, and nothing that was built earlier is
  // checked by mistake.
  paths: {
    '@knex-session/core/dialect': [join(root, 'packages/core/src/dialect/index.ts')],
    '@knex-session/core/encryption': [join(root, 'packages/core/src/encryption.ts')],
    '@knex-session/core/migration': [join(root, 'packages/core/src/migration.ts')],
    '@knex-session/core/standalone': [join(root, 'packages/core/src/standalone.ts')],
    '@knex-session/*': [join(root, 'packages/*/src/index.ts')],
  },
}

/**
 * Type-checks the blocks in one program.
 * @param {readonly Block[]} blocks
 * @returns {string[]} what is wrong, as `file:line: problem`
 */
export const problemsIn = (blocks) => {
  const files = new Map(blocks.map((block, index) => [nameOf(block, index), block]))
  const sources = new Map([...files].map(([name, block]) => [name, sourceOf(block)]))
  for (const [name, text] of Object.entries(ambient)) sources.set(join(folder, name), text)
  const host = ts.createCompilerHost(compilerOptions)
  const { fileExists, readFile, getSourceFile } = host
  host.getCurrentDirectory = () => root
  // Left out, for else it would be asked whether the folders of the blocks exist before the blocks
  // are looked for.
  delete host.directoryExists
  host.fileExists = (name) => sources.has(name) || fileExists(name)
  host.readFile = (name) => sources.get(name) ?? readFile(name)
  host.getSourceFile = (name, options, ...rest) => {
    const text = sources.get(name)
    return text === undefined
      ? getSourceFile(name, options, ...rest)
      : ts.createSourceFile(name, text, options, true)
  }
  const program = ts.createProgram({
    rootNames: [...sources.keys()],
    options: compilerOptions,
    host,
  })
  return [...files].flatMap(([name, block]) => {
    const source = program.getSourceFile(name)
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ]
    return found.map(({ messageText, start = 0 }) => {
      const line = source?.getLineAndCharacterOfPosition(start).line ?? 0
      return `${block.file}:${block.line + line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}
