import { execFileSync } from 'node:child_process'
import { root } from '../steps/step.mjs'

/** What the prose linter finds, in a process of its own, because its parts are ES modules. */
function found(text: string, limitsLength = true): unknown {
  const program = `
    import { problemsInProse } from './scripts/docs/prose.mjs'
    const [text, limitsLength] = JSON.parse(process.argv[1])
    console.log(JSON.stringify(await problemsInProse('page.md', text, limitsLength)))`
  const args = ['--input-type=module', '-e', program, JSON.stringify([text, limitsLength])]
  return JSON.parse(String(execFileSync(process.execPath, args, { cwd: root })))
}

const long = `One ${'more word '.repeat(23)}here.`

it('a sentence that is hard to read is named by its line', () => {
  const page = [
    '# A page',
    'It it fails with a error.',
    'We utilize `a error` and',
    'a user who lost his session.',
    '',
    long,
    '```',
    'the the code',
    '```',
  ].join('\n')
  expect(found(page)).toEqual([
    expect.stringMatching(/^page\.md:2: .*repeated `it`/),
    expect.stringMatching(/^page\.md:2: .*`an`/),
    expect.stringMatching(/^page\.md:3: .*utilize/),
    expect.stringMatching(/^page\.md:4: .*his/),
    expect.stringMatching(/^page\.md:6: Sentence of 48 words, at most 40/),
  ])
})

it('words of the trade, and long sentences where they may be, are no problems', () => {
  expect(found('The function has an option of that type.')).toEqual([])
  expect(found(long, false)).toEqual([])
})
