import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * How TypeScript consumers are set up. `runs`: what the compiler writes can run as it is.
 * @type {Readonly<Record<string, { extension: string, module: string, moduleResolution: string, runs?: string, until?: number }>>}
 */
export const setups = {
  'NodeNext, as an ES module': { extension: 'mts', module: 'NodeNext', moduleResolution: 'NodeNext', runs: 'app.mjs' },
  'NodeNext, as CommonJS': { extension: 'cts', module: 'NodeNext', moduleResolution: 'NodeNext', runs: 'app.cjs' },
  Bundler: { extension: 'ts', module: 'ESNext', moduleResolution: 'Bundler' },
  // The default of TypeScript 5 for `module: CommonJS`, which knows no `exports`. TypeScript 6 warns of it, 7 does not have it.
  node10: { extension: 'ts', module: 'CommonJS', moduleResolution: 'node10', runs: 'app.js', until: 5 },
}

/**
 * Writes a TypeScript project into a consumer.
 * @param {string} folder
 * @param {typeof setups[string]} setup
 * @param {string} name of the project's folder
 * @returns {string} the project's folder
 */
export const writeProject = (folder, { extension, module, moduleResolution }, name) => {
  const project = join(folder, name)
  mkdirSync(project, { recursive: true })
  copyFileSync(join(folder, 'app.mts'), join(project, `app.${extension}`))
  for (const file of ['serve-two-requests.cjs', 'serve-two-requests.d.cts']) copyFileSync(join(folder, file), join(project, file))
  const compilerOptions = {
    ...{ module, moduleResolution, target: 'ES2022', lib: ['ES2022'], types: ['node'], esModuleInterop: true },
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [`app.${extension}`] }))
  return project
}
