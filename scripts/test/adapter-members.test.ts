import ts from 'typescript'
import { read, rowsUnder } from '../docs/markdown.mjs'

const files = ['adapter', 'queries'].map((name) =>
  ts.createSourceFile(
    `${name}.ts`,
    read(`packages/core/src/dialect/${name}.ts`),
    ts.ScriptTarget.ES2022,
    true,
  ),
)

interface Member {
  readonly name: string
  readonly optional: boolean
}

const membersOf = (name: string): readonly Member[] => {
  const found = files
    .flatMap(({ statements }) => statements.filter(ts.isInterfaceDeclaration))
    .find((each) => each.name.text === name)
  if (!found) throw new Error(`no file of the adapter declares ${name}`)
  return found.members.map((member) => ({
    name: member.name?.getText() ?? '',
    optional: member.questionToken !== undefined,
  }))
}

const guide = read('docs/writing-an-adapter.md')
const byName = (one: Member, other: Member) => (one.name < other.name ? -1 : 1)

/** The members that a table of the guide has, and whether its rows say that they are optional. */
const documented = (heading: string): readonly Member[] =>
  rowsUnder(guide, heading)
    .flatMap(([names, text]) =>
      Array.from(names!.matchAll(/`([\w.]+)/g), ([, name]) => ({
        name: name!,
        optional: text!.startsWith('optional: '),
      })),
    )
    .sort(byName)

it('the guide has a row for every member of an adapter, and says which are optional', () => {
  // An author leaves the version out, and may leave the limits out.
  const expected = membersOf('DialectAdapter')
    .filter(({ name }) => name !== 'apiVersion')
    .map((member) => (member.name === 'limits' ? { ...member, optional: true } : member))
  expect(documented('## The members')).toEqual(expected.sort(byName))
})

it('the guide has a row for every member of the groups', () => {
  const groups = { queries: 'DialectQueries', driver: 'DriverAccess', server: 'DialectServer' }
  const expected = Object.entries(groups).flatMap(([group, type]) =>
    membersOf(type).map(({ name }) => `${group}.${name}`),
  )
  expect(documented('### The groups').map(({ name }) => name)).toEqual(expected.sort())
})
