/** Text that is HTML already, and so is not escaped again. */
export class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text
  }

  toString() {
    return this.text
  }
}

/** @type {Readonly<Record<string, string>>} */
const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * @param {unknown} value
 * @returns {string}
 */
const render = (value) => {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(render).join('')
  if (value === undefined || value === false) return ''
  return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

/**
 * The tag of a template that is HTML: every value is escaped unless it comes from such a template
 * itself, so that forgetting to escape is not possible. Lists are joined; `undefined` and `false`
 * leave nothing. Attribute values need their quotes.
 * @param {TemplateStringsArray} strings
 * @param {...unknown} values
 */
export const html = (strings, ...values) =>
  new Html(strings.map((text, index) => text + render(values[index])).join(''))
