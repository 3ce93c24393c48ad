import { toEpochMs } from '@knex-session/core/dialect'
import { timestamp } from '../src/codecs.js'

/**
 * What an application may have its driver make of a number:
 * `setTypeParser(701, (text) => new Decimal(text))`.
 */
class Decimal {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

describe('an expiry', () => {
  const at = toEpochMs(Date.UTC(2026, 0, 31, 12, 0, 0, 678))

  it.each([
    ['a number', at],
    ['text', String(at)],
    ['a BigInt', BigInt(at)],
    ['an object that prints as a number', new Decimal(`${at}.0001`)],
  ])('is read as %s', (_, cell) => {
    expect(timestamp.decode(cell)).toBe(at)
  })

  it.each([
    [null],
    [undefined],
    [''],
    ['soon'],
    [{}],
    [[]],
    [true],
    [new Date(at)],
    [Symbol('soon')],
  ])('is not read as %p', (cell) => {
    expect(() => timestamp.decode(cell)).toThrow(
      /^\[knex-session\] \[postgres\] expected an expiry in milliseconds, got /,
    )
  })
})
