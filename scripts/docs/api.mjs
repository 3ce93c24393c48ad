// Writes docs/api, the reference of the public interface, from the docstrings. Argument: another
// folder to write it to.
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Application } from 'typedoc'
import { root } from '../steps/step.mjs'

/** What applications and adapters may import, by the name of its page. */
const entries = {
  // Before `core`, which exports them once more: a thing is described where it is met first.
  'core/dialect': 'packages/core/src/dialect/index.ts',
  'core/standalone': 'packages/core/src/standalone.ts',
  core: 'packages/core/src/index.ts',
  'core/compat': 'packages/core/src/compat.ts',
  'core/encryption': 'packages/core/src/encryption.ts',
  'core/migration': 'packages/core/src/migration.ts',
  'dialect-postgres': 'packages/dialect-postgres/src/index.ts',
  'dialect-cockroachdb': 'packages/dialect-cockroachdb/src/index.ts',
  'dialect-mysql': 'packages/dialect-mysql/src/index.ts',
  'dialect-sqlite': 'packages/dialect-sqlite/src/index.ts',
  'dialect-mssql': 'packages/dialect-mssql/src/index.ts',
  'dialect-oracle': 'packages/dialect-oracle/src/index.ts',
  'dialect-testkit': 'packages/dialect-testkit/src/index.ts',
}

/**
 * @param {string} folder is emptied first
 */
export const writeApi = async (folder) => {
  /** @type {import('typedoc').TypeDocOptions & Record<string, unknown>} */
  const options = {
    outputs: [{ name: 'markdown', path: folder }],
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: Object.values(entries).map((path) => join(root, path)),
    tsconfig: join(root, 'scripts/docs/tsconfig.api.json'),
    compilerOptions: { types: ['node'] },
    basePath: root,
    name: 'API reference',
    readme: 'none',
    disableSources: true,
    excludeExternals: true,
    excludePrivate: true,
    treatWarningsAsErrors: true,
    sort: ['kind', 'source-order'],
    router: 'module',
    entryFileName: 'README',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    mergeReadme: false,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    // Its numbers for headings of one name are not always GitHub's.
    useHTMLAnchors: true,
  }
  const app = await Application.bootstrapWithPlugins(options)
  const project = await app.convert()
  if (!project) throw new Error('typedoc could not read the sources')
  const pages = new Map(
    Object.entries(entries).map(([name, path]) => [path.replace(/(?:\/index)?\.ts$/, ''), name]),
  )
  for (const entry of project.children ?? []) entry.name = pages.get(entry.name) ?? entry.name
  rmSync(folder, { recursive: true, force: true })
  await app.generateOutputs(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error('typedoc found mistakes in the docstrings, see above')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await writeApi(resolve(process.argv[2] ?? join(root, 'docs/api')))
