import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * How TypeScript consumers are set up. `runs`: what the compiler writes can run as it is. `plain`:
 * without `esModuleInterop`, which TypeScript 6 warns of and 7 does not have.
 * @type {Readonly<Record<string, { extension: string, module: string, moduleResolution: string,
 * runs?: string, until?: number, plain?: true }>>}
 */
export const setups = {
  'NodeNext, as an ES module': {
    extension: 'mts',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    runs: 'app.mjs',
  },
  'NodeNext, as CommonJS': {
    extension: 'cts',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    runs: 'app.cjs',
  },
  Bundler: { extension: 'ts', module: 'ESNext', moduleResolution: 'Bundler' },
  // The default of TypeScript 5 for `module: CommonJS`, which knows no `exports`. TypeScript 6
  // warns of it, 7 does not have it.
  node10: {
    extension: 'ts',
    module: 'CommonJS',
    moduleResolution: 'node10',
    runs: 'app.js',
    until: 5,
  },
  'NodeNext, as CommonJS, without esModuleInterop': {
    extension: 'cts',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    until: 6,
    plain: true,
  },
  'Bundler, without esModuleInterop': {
    extension: 'ts',
    module: 'ESNext',
    moduleResolution: 'Bundler',
    until: 6,
    plain: true,
  },
  'node10, without esModuleInterop': {
    extension: 'ts',
    module: 'CommonJS',
    moduleResolution: 'node10',
    until: 6,
    plain: true,
  },
}

/**
 * Writes a TypeScript project into a consumer.
 * @param {string} folder
 * @param {typeof setups[string]} setup
 * @param {string} name of the project's folder
 * @param {number} [compiler] the version of TypeScript
 * @returns {string} the project's folder
 */
export const writeProject = (
  folder,
  { extension, module, moduleResolution, plain },
  name,
  compiler = 5,
) => {
  const project = join(folder, name)
  mkdirSync(project, { recursive: true })
  copyFileSync(join(folder, plain ? 'plain.mts' : 'app.mts'), join(project, `app.${extension}`))
  copyFileSync(join(folder, 'typed.mts'), join(project, `typed.${extension}`))
  for (const file of ['serve-two-requests.cjs', 'serve-two-requests.d.cts'])
    copyFileSync(join(folder, file), join(project, file))
  const compilerOptions = {
    ...{
      module,
      moduleResolution,
      target: 'ES2022',
      lib: ['ES2022'],
      types: ['node'],
      esModuleInterop: !plain,
    },
    ...(plain && compiler === 6 ? { ignoreDeprecations: '6.0' } : {}),
    ...{
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
    },
  }
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: [`app.${extension}`, `typed.${extension}`] }),
  )
  return project
}
