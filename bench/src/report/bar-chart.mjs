/**
 * @typedef {object} Bar
 * @property {string} label
 * @property {number} median
 * @property {number} min
 * @property {number} max
 * @property {'own' | 'other' | 'bare'} kind whose figure it is: knex-session's, another store's, or
 * that of a driver without a store
 */

/**
 * @typedef {object} Chart
 * @property {string} title a sentence
 * @property {string} lead what the figures are
 * @property {readonly { readonly name: string, readonly bars: readonly Bar[] }[]} panels
 * @property {boolean} [hasOneScale] for all panels; else each has its own. All begin at 0
 */

const kinds = {
  own: 'Blue: knex-session.',
  other: 'Grey: other stores.',
  bare: 'Outlined: the driver by itself, one prepared statement for each call.',
}

// One column, as wide as a phone, where it is shown as it is.
const width = 400
const labels = 196
const figures = 64
const longest = width - labels - figures
const row = 22

// Pictures within a page know the colours that the reader has chosen for his system.
const style = `
text { font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1b2130 }
.title { font-size: 16px; font-weight: 700 }
.panel, .ours { font-weight: 700 }
.soft { font-size: 12px; fill: #535c6c }
.sheet { fill: #ffffff }
.own { fill: #1f5fbf }
.other { fill: #9aa3b0 }
.bare { fill: none; stroke: #535c6c; stroke-dasharray: 3 2 }
.spread { stroke: #1b2130; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #e7eaf0 }
.soft { fill: #a8b1c0 }
.sheet { fill: #12151b }
.own { fill: #8ab8ff }
.other { fill: #697386 }
.bare { stroke: #a8b1c0 }
.spread { stroke: #e7eaf0 }
}`

/**
 * A chart of horizontal bars as SVG text: a line for each, with its label and its figure, so that no
 * colour has to be known.
 * @param {Chart} chart
 */
export function barChart({ title, lead, panels, hasOneScale = false }) {
  const all = panels.flatMap(({ bars }) => bars)
  const parts = []
  let y = 12
  const text = (/** @type {string} */ words, kind = '', x = 0, anchor = 'start') =>
    parts.push(
      `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${escaped(words)}</text>`,
    )
  const paragraph = (/** @type {string} */ words, kind = '', columns = 60) => {
    for (const line of lines(words, columns)) {
      y += 20
      text(line, kind, 12)
    }
  }
  paragraph(title, 'title', 44)
  paragraph(lead, 'soft')
  for (const { name, bars } of panels) {
    y += 36
    text(name, 'panel', 12)
    const scale = longest / Math.max(...(hasOneScale ? all : bars).map(({ max }) => max))
    for (const { label, median, min, max, kind } of bars) {
      y += row
      text(label, kind === 'own' ? 'ours' : '', labels + 6, 'end')
      const place = `y="${y - 12}" height="15"`
      const middle = y - 4.5
      parts.push(
        `<rect x="${labels + 12}" ${place} width="${short(median * scale)}" class="${kind}"/>`,
        `<path d="M${short(labels + 12 + min * scale)} ${middle}H${short(labels + 12 + max * scale)}" class="spread"/>`,
      )
      text(figure(median), kind === 'own' ? 'ours' : '', width + 16, 'end')
    }
  }
  y += 12
  const shown = Object.entries(kinds).filter(([kind]) => all.some((bar) => bar.kind === kind))
  const spread = 'The line goes from the least sample to the greatest.'
  paragraph([...shown.map(([, what]) => what), spread].join(' '), 'soft')
  const described = panels.flatMap(({ name, bars }) =>
    bars.map(({ label, median }) => `${name}, ${label}: ${figure(median)}.`),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width + 28}" height="${y + 16}" viewBox="0 0 ${width + 28} ${y + 16}" role="img" aria-labelledby="title text">
<title id="title">${escaped(title)}</title>
<desc id="text">${escaped([lead, ...described].join(' '))}</desc>
<style>${style}</style>
<rect width="100%" height="100%" class="sheet"/>
${parts.join('\n')}
</svg>`
}

/**
 * A figure as it is read: whole from 100 on, else with three digits at most.
 * @param {number} value
 */
export const figure = (value) =>
  value.toLocaleString(
    'en',
    value < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 },
  )

const short = (/** @type {number} */ value) => Number(value.toFixed(1))

/**
 * @param {string} words
 * @param {number} columns
 */
const lines = (words, columns) =>
  words.match(new RegExp(`.{1,${columns}}(?:\\s|$)`, 'g'))?.map((line) => line.trim()) ?? []

const escaped = (/** @type {string} */ text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
