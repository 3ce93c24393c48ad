import ts from 'typescript'
import { read, tableUnder } from '../docs/markdown.mjs'

const source = ts.createSourceFile('adapter.ts', read('packages/core/src/dialect/adapter.ts'), ts.ScriptTarget.ES2022, true)

/** A declaration of the adapter's interface, by its name. */
const declared = <T extends ts.Node>(name: string, is: (node: ts.Node) => node is T): T => {
  const found = source.statements.find((node) => is(node) && (node as unknown as { name: ts.Identifier }).name.text === name)
  if (!found || !is(found)) throw new Error(`adapter.ts declares no ${name}`)
  return found
}

const membersOf = (name: string): { name: string; optional: boolean }[] =>
  declared(name, ts.isInterfaceDeclaration).members.map((member) => ({
    name: member.name?.getText() ?? '',
    optional: member.questionToken !== undefined,
  }))

const optional = membersOf('DialectAdapter').flatMap((member) => (member.optional ? [member.name] : []))

it('the guide has a row for every member of an adapter, and says which are optional', () => {
  const rows = tableUnder(read('docs/writing-an-adapter.md'), '## The members').flatMap(([names, text]) =>
    Array.from(names!.matchAll(/`(\w+)/g), ([, name]) => ({ name, optional: text!.startsWith('optional: ') })),
  )
  const byName = (one: { name?: string | undefined }, other: { name?: string | undefined }) => (one.name! < other.name! ? -1 : 1)
  // An author leaves the version out, and may leave the limits out.
  const expected = membersOf('DialectAdapter')
    .filter(({ name }) => name !== 'apiVersion')
    .map((member) => (member.name === 'limits' ? { ...member, optional: true } : member))
  expect(rows.sort(byName)).toEqual(expected.sort(byName))
})

it('every optional member of an adapter may be undefined in a specification', () => {
  const { type } = declared('OptionalMember', ts.isTypeAliasDeclaration)
  const listed = [...type.getText().matchAll(/'(\w+)'/g)].map(([, member]) => member)
  expect(listed.sort()).toEqual(optional.sort())
})
