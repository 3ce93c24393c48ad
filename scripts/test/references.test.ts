import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { root } from '../steps/step.mjs'

/** A project of the compiler: its sources, and the folders of those that it refers to. */
interface Project {
  readonly folder: string
  readonly sources: readonly string[]
  readonly referred: readonly string[]
}

/** `path` of a folder with a tsconfig.json, or of another such file. */
function projectAt(path: string): Project {
  const file = path.endsWith('.json') ? path : join(path, 'tsconfig.json')
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined }
  const config = ts.getParsedCommandLineOfConfigFile(file, {}, host)
  const referred = config?.projectReferences?.map((reference) => reference.path) ?? []
  return { folder: dirname(file), sources: config?.fileNames ?? [], referred }
}

/** The folders of the packages that a project can see the sources of, those they refer to too. */
function inSight({ folder, referred }: Project): readonly string[] {
  return [relative(root, folder), ...referred.flatMap((path) => inSight(projectAt(path)))]
}

/** The folders of the packages whose names a source imports at its top. */
function importedBy(source: string): readonly string[] {
  const { statements } = ts.createSourceFile(source, readFileSync(source, 'utf8'), {
    languageVersion: ts.ScriptTarget.ES2022,
  })
  return statements
    .flatMap((each) => (ts.isImportDeclaration(each) ? [each.moduleSpecifier] : []))
    .map((name) => /^@knex-session\/([\w-]+)/.exec((name as ts.StringLiteral).text)?.[1])
    .flatMap((name) => (name === undefined ? [] : [`packages/${name}`]))
    .filter((folder) => existsSync(join(root, folder)))
}

const projects = projectAt(root)
  .referred.map(projectAt)
  .filter(({ sources }) => sources.some((source) => source.endsWith('.ts')))

// Linting knows types: those of a package that is not referred to are there only once it was built.
it('every project refers to the packages that it imports, so that a fresh clone can be linted', () => {
  expect(projects.length).toBeGreaterThan(20)
  const missing = projects.map((project) => {
    const known = inSight(project)
    const imported = project.sources.filter((source) => source.endsWith('.ts')).flatMap(importedBy)
    const unknown = [...new Set(imported)].filter((folder) => !known.includes(folder))
    return { project: relative(root, project.folder), unknown }
  })
  expect(missing.filter(({ unknown }) => unknown.length > 0)).toEqual([])
})
