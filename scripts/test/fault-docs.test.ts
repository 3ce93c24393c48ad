import { blocksOf, read } from '../docs/markdown.mjs'

it.each(['primary.mjs', 'writer.mjs'])(
  '%s of docs/high-availability.md is the one that the failover tests run',
  (file) => {
    const block = blocksOf('docs/high-availability.md').find(
      ({ marker }) => marker === `file: ${file}`,
    )
    expect(block?.code).toBe(read(`tests/rig/load/${file}`).trim())
  },
)
