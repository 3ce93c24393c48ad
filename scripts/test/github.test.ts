import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { read } from '../docs/markdown.mjs'
import { root } from '../steps/step.mjs'

interface Form {
  readonly name: string
  readonly description: string
  readonly body: readonly {
    readonly type: string
    readonly id?: string
    readonly attributes: Readonly<Record<string, unknown>>
  }[]
}

const folder = '.github/ISSUE_TEMPLATE'
const home = 'https://github.com/knex-session/knex-session'
const forms = readdirSync(join(root, folder)).filter((name) => name !== 'config.yml')

it.each(forms)('the issue form %s has what GitHub asks for', (name) => {
  const form = parse(read(`${folder}/${name}`)) as Form
  expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) })
  for (const { type, id, attributes } of form.body) {
    expect(['markdown', 'textarea', 'input']).toContain(type)
    const text = type === 'markdown' ? 'value' : 'label'
    expect(attributes).toHaveProperty(text)
    if (type !== 'markdown') expect(id).toMatch(/^\w+$/)
  }
})

it('a question goes to the discussions, and a vulnerability to a private report', () => {
  const { blank_issues_enabled, contact_links } = parse(read(`${folder}/config.yml`)) as {
    blank_issues_enabled: boolean
    contact_links: readonly { url: string }[]
  }
  expect(blank_issues_enabled).toBe(false)
  expect(contact_links.map(({ url }) => url)).toEqual([
    `${home}/discussions`,
    `${home}/security/advisories/new`,
  ])
})

it('Dependabot keeps the packages and the actions new, small steps together', () => {
  const { version, updates } = parse(read('.github/dependabot.yml')) as {
    version: number
    updates: readonly Readonly<Record<string, unknown>>[]
  }
  expect(version).toBe(2)
  expect(
    updates.map((each) => [each['package-ecosystem'], each['directories'] ?? each['directory']]),
  ).toEqual([
    ['npm', ['/', '/scripts/docs/site']],
    ['github-actions', '/'],
  ])
  expect(updates[0]).toMatchObject({ groups: { minor: { 'update-types': ['minor', 'patch'] } } })
})
