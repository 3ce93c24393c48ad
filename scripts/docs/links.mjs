import { existsSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { root } from '../steps/step.mjs'
import { read } from './markdown.mjs'

/** @typedef {{ readonly file: string, readonly line: number, readonly target: string }} Link */

/**
 * The lines of a page, those in fenced code left empty.
 * @param {string} text
 */
const proseOf = (text) => {
  let fence = ''
  return text.split('\n').map((line) => {
    const ticks = /^\s*(`{3,})/.exec(line)?.[1] ?? ''
    if (fence !== '') {
      if (ticks === fence) fence = ''
      return ''
    }
    fence = ticks
    return ticks === '' ? line : ''
  })
}

const home = 'https://github.com/knex-session/knex-session/blob/main/'

/**
 * A link to a file of this repository, as pages on npmjs.com need it, seen from a page.
 * @param {string} file
 * @param {string} target
 */
const fromHere = (file, target) =>
  target.startsWith(home)
    ? posix.join(posix.relative(posix.dirname(file), '.'), target.slice(home.length))
    : target

/**
 * The links and images of a page, those that lead elsewhere in the repository or the page.
 * @param {string} file relative to the root
 * @param {string} [text]
 * @returns {Link[]}
 */
export const localLinks = (file, text = read(file)) =>
  proseOf(text).flatMap((line, index) => {
    const prose = line.replaceAll(/`[^`]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '))
    const inline = [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)]
    const html = [...prose.matchAll(/<(?:img|source|a)\s[^>]*?(?:src|srcset|href)="([^"]+)"/g)]
    const references = [...prose.matchAll(/^\s*\[[^\]]+\]:\s+<?([^\s>]+)>?/g)]
    return [...inline, ...html, ...references]
      .map((match) => match[1] ?? '')
      .map((target) => fromHere(file, target))
      .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
      .map((target) => ({ file, line: index + 1, target }))
  })

/**
 * The anchors of a page, as GitHub makes them of headings, and those written as HTML.
 * @param {string} text
 * @returns {Set<string>}
 */
export const anchorsOf = (text) => {
  const anchors = new Set()
  for (const line of proseOf(text)) {
    for (const match of line.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(match[1])
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (heading === undefined) continue
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('\\', '')
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-')
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  return anchors
}

/**
 * What is wrong with a page's local links, as `file:line: problem`.
 * @param {string} file relative to the root
 * @param {string} [text]
 * @returns {string[]}
 */
export const brokenLinks = (file, text = read(file)) =>
  localLinks(file, text).flatMap((link) => {
    const [path = '', anchor] = decodeURI(link.target).split('#')
    const target = path === '' ? file : posix.normalize(posix.join(posix.dirname(file), path))
    const where = `${link.file}:${link.line}`
    if (path !== '' && (target.startsWith('..') || !existsSync(join(root, target))))
      return [`${where}: there is no ${target}`]
    if (anchor === undefined || (path !== '' && statSync(join(root, target)).isDirectory()))
      return []
    if (!target.endsWith('.md')) return [`${where}: ${target} has no anchors`]
    const anchors = anchorsOf(target === file ? text : read(target))
    return anchors.has(anchor) ? [] : [`${where}: ${target} has no heading #${anchor}`]
  })
