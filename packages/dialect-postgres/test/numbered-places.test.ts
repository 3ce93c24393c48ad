import { driver } from '../src/driver/driver.js'

it('places are numbered as PostgreSQL has them, and a question mark that is escaped stays one', async () => {
  const texts: string[] = []
  const client = {
    query: ({ text }: { text: string }, done: (error: null, result: unknown) => void) => {
      texts.push(text)
      done(null, undefined)
    },
  }
  await driver.run?.(client, { sql: 'select ? \\? ?', bindings: [1, 2] })
  expect(texts).toEqual(['select $1 ? $2'])
})
