/**
 * A reporter for `node --test`: a line of JSON for each test that is no group.
 * @param {AsyncIterable<{ type: string, data: any }>} events
 */
export default async function* report(events) {
  /** @type {string[]} */
  const names = []
  for await (const { type, data } of events) {
    if (type === 'test:start') names.splice(data.nesting, Infinity, data.name)
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details.type === 'suite') continue
    const name = [...names.slice(0, data.nesting), data.name].join(' ')
    const { error } = data.details
    const skipped = data.skip === undefined && data.todo === undefined ? undefined : 'skipped'
    yield (
      JSON.stringify({
        name,
        failure: type === 'test:fail' ? String(error?.cause?.stack ?? error) : skipped,
      }) + '\n'
    )
  }
}
