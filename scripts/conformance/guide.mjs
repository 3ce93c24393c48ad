import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { blocksOf } from '../docs/markdown.mjs'

/** The page that takes a reader from an empty folder to the conformance kit. */
export const guide = 'docs/writing-an-adapter.md'

/** The blocks of the guide that are files, by `<!-- file: name -->` above them. */
export const guideFiles = () =>
  blocksOf(guide).flatMap(({ marker, code }) =>
    marker?.startsWith('file: ') ? [{ name: marker.slice('file: '.length), code }] : [],
  )

/**
 * Writes the files of the guide.
 * @param {string} folder
 */
export const writeGuide = (folder) => {
  for (const { name, code } of guideFiles()) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), `${code}\n`)
  }
}

/**
 * Makes packages importable from a folder by links, where an install would copy them.
 * @param {string} folder
 * @param {Readonly<Record<string, string>>} packages where each is, by name
 */
export const linkPackages = (folder, packages) => {
  for (const [name, target] of Object.entries(packages)) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(target, link)
  }
}
