import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix, relative } from 'node:path'
import { defineConfig } from 'vitepress'

const site = join(import.meta.dirname, '..')
const root = join(site, '../../..')
const pages = join(site, 'pages')
const home = 'https://github.com/knex-session/knex-session'

const icon = readFileSync(join(root, 'examples/demo/public/icon.svg'), 'base64')

/** Its own, since the theme would ask another site for the one it has by name. */
const iconOfGitHub =
  '<svg viewBox="0 0 24 24" fill="currentColor"><path d="M12 .5a12 12 0 0 0-3.8 23.4c.6.1.8-.3.8-.6v-2c-3.3.7-4-1.6-4-1.6-.6-1.4-1.4-1.8-1.4-1.8-1-.7.1-.7.1-.7 1.2 0 1.9 1.2 1.9 1.2 1 1.8 2.8 1.3 3.5 1 .1-.8.4-1.3.8-1.6-2.7-.3-5.5-1.3-5.5-6 0-1.2.5-2.3 1.3-3.1-.2-.4-.6-1.6 0-3.2 0 0 1-.3 3.4 1.2a11.5 11.5 0 0 1 6 0c2.3-1.5 3.3-1.2 3.3-1.2.6 1.6.2 2.8 0 3.2.9.8 1.3 1.9 1.3 3.2 0 4.6-2.8 5.6-5.5 5.9.5.4.9 1 .9 2.2v3.3c0 .3.1.7.8.6A12 12 0 0 0 12 .5z"/></svg>'

/**
 * Where a relative link of a page leads: to another page of the site, else to the file in the
 * repository.
 * @param {string} page relative to docs
 * @param {string} link
 */
const target = (page, link) => {
  if (/^(?:[a-z][a-z+.-]*:|#|\/)/i.test(link)) return link
  const [path = '', hash] = link.split('#')
  const file = posix.normalize(posix.join('docs', dirname(page), path))
  const isPage = file.startsWith('docs/') && /\.(?:md|svg|png)$/.test(file)
  if (isPage && existsSync(join(root, file))) return link
  const kind = basename(file).includes('.') ? 'blob' : 'tree'
  return `${home}/${kind}/main/${file}${hash === undefined ? '' : `#${hash}`}`
}

/** @param {string} heading */
const slugOnGitHub = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-')

export default defineConfig({
  title: 'knex-session',
  description: 'A session store for express-session on the SQL database you already have',
  lang: 'en',
  head: [['link', { rel: 'icon', href: `data:image/svg+xml;base64,${icon}` }]],
  srcDir: 'pages',
  outDir: join(site, 'dist'),
  cacheDir: join(site, 'node_modules/.cache'),
  rewrites: { 'README.md': 'index.md', 'api/README.md': 'api/index.md' },
  cleanUrls: true,
  // An address of the reader's own machine.
  ignoreDeadLinks: ['http://localhost:3000'],
  lastUpdated: false,
  // The folder is a link to docs: seen by its own path, its pages find the packages here.
  vite: { resolve: { preserveSymlinks: true } },
  markdown: {
    // The colours of the usual themes are too faint to read on their background.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: slugOnGitHub },
    config(markdown) {
      markdown.core.ruler.push('links-of-the-repository', (state) => {
        const page = relative(pages, state.env.path)
        for (const token of state.tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.attrGet('href')
          if (token.type === 'link_open' && href !== null) token.attrSet('href', target(page, href))
        }
      })
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    socialLinks: [{ icon: { svg: iconOfGitHub }, link: home, ariaLabel: 'GitHub' }],
    sidebar: [
      {
        text: 'Start',
        items: [
          { text: 'All pages', link: '/' },
          { text: 'Quick start', link: '/quick-start' },
          { text: 'Options', link: '/options' },
          { text: 'Methods', link: '/methods' },
          { text: 'Frameworks', link: '/frameworks' },
          { text: 'TypeScript', link: '/typescript' },
          { text: 'Switching', link: '/switching' },
          { text: 'From connect-session-knex', link: '/migrating' },
        ],
      },
      {
        text: 'Guides',
        items: [
          { text: 'List a user’s sessions', link: '/guides/list-sessions' },
          { text: 'Log out everywhere', link: '/guides/log-out-everywhere' },
          { text: 'Put the table in a migration', link: '/migrations' },
          { text: 'Run it behind PgBouncer', link: '/guides/pgbouncer' },
          { text: 'When the database goes away', link: '/guides/database-goes-away' },
          { text: 'Go through all sessions', link: '/guides/many-sessions' },
          { text: 'Test your application', link: '/testing' },
          { text: 'Beside an ORM', link: '/beside-an-orm' },
          { text: 'The command line', link: '/command-line' },
        ],
      },
      {
        text: 'In production',
        items: [
          { text: 'Operations', link: '/operations' },
          { text: 'Errors', link: '/errors' },
          { text: 'Metrics and traces', link: '/observability' },
          { text: 'When something breaks', link: '/faults' },
          { text: 'Databases', link: '/databases' },
          { text: 'The table', link: '/schema' },
          { text: 'Security', link: '/security' },
          { text: 'Beyond one machine', link: '/high-availability' },
          { text: 'Tuning', link: '/tuning' },
          { text: 'Benchmarks', link: '/benchmarks' },
          { text: 'Comparison', link: '/comparison' },
          { text: 'What is supported', link: '/support' },
        ],
      },
      {
        text: 'Inside',
        items: [
          { text: 'API', link: '/api/' },
          { text: 'Architecture', link: '/architecture' },
          { text: 'Write an adapter', link: '/writing-an-adapter' },
          { text: 'Decisions', link: `${home}/tree/main/docs/adr` },
        ],
      },
    ],
  },
})
