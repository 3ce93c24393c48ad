// What the start page does beyond its forms, all of which work without a script too.

/** @param {string} id */
const element = (id) => document.getElementById(id)

/**
 * @param {string} id
 * @param {string} text
 */
const say = (id, text) => {
  element(id).hidden = text === ''
  element(id).textContent = text
}

/** @param {number} figure */
const written = (figure) => figure.toLocaleString('en')

/**
 * Sends a form that is on the page; the answer is no page.
 * @param {string} action
 */
const send = (action) => {
  const { value } = document.querySelector('[name=token]')
  return fetch(action, {
    method: 'POST',
    headers: { Accept: 'application/json' },
    body: new URLSearchParams({ token: value }),
  })
}

/**
 * Has a form run a script in place of being sent, with its button out of use meanwhile.
 * @param {string} id
 * @param {() => Promise<void>} run
 */
const onSubmit = (id, run) => {
  const button = element(id).querySelector('button')
  element(id).addEventListener('submit', async (event) => {
    event.preventDefault()
    if (button.ariaDisabled === 'true') return
    button.ariaDisabled = 'true'
    try {
      await run()
    } catch {
      say('notice', 'The demo did not answer. Is it running?')
    } finally {
      button.ariaDisabled = 'false'
    }
  })
}

const showDevices = async () => {
  const response = await fetch('/devices', { redirect: 'manual' })
  if (!response.ok) return location.assign('/')
  const focused = document.activeElement
  const wasInside = element('devices').contains(focused)
  element('devices').innerHTML = await response.text()
  // The button that had the focus is a new one, or gone with its device.
  if (wasInside) (element('devices').querySelector('button') ?? element('devices-title')).focus()
}

// Where the demo cannot be reached, the stream of events says so.
const refresh = () => void showDevices().catch(() => undefined)

const events = new EventSource('/live')
events.addEventListener('devices', refresh)
events.addEventListener('ended', () => location.assign('/'))
let wasAway = false
events.addEventListener('error', () => {
  // An answer that is no stream of events: the session is over.
  if (events.readyState === EventSource.CLOSED) return location.assign('/')
  wasAway = true
  say('notice', 'The demo is not running. Start it again: you will still be logged in.')
})
events.addEventListener('open', () => {
  if (wasAway) say('notice', 'The demo is running again, and you are still logged in.')
  wasAway = false
  // What changed between the page and this moment.
  refresh()
})

let figures = {}
events.addEventListener('crowd', ({ data }) => {
  const { way, ...soFar } = JSON.parse(data)
  figures[way] = soFar
  for (const cell of document.querySelectorAll(`[data-figure^="${way}-"]`)) {
    const name = cell.dataset['figure']?.slice(way.length + 1) ?? ''
    cell.textContent = written(soFar[name])
  }
})

onSubmit('crowd', async () => {
  figures = {}
  for (const cell of document.querySelectorAll('[data-figure]')) cell.textContent = '–'
  say('crowd-result', 'Sending …')
  const { ok } = await send('/crowd')
  const { shared, single } = figures
  if (!ok || !shared || !single) return say('crowd-result', 'Something else is running. Try again.')
  say(
    'crowd-result',
    `${written(shared.calls)} calls took ${written(shared.statements)} statements and ` +
      `${written(shared.ms)} ms; with one statement per call ${written(single.ms)} ms. ` +
      `${written(shared.lost + single.lost)} visits were lost.`,
  )
})

onSubmit('outage', async () => {
  const { ok } = await send('/outage')
  if (!ok) return say('outage-result', 'Something else is running. Try again.')
  say('outage-result', 'The database is away. Visits are waiting …')
  element('requests').replaceChildren()
  // The last ones come when the database is back.
  const pause = Number(element('outage').dataset.ms) / 12
  const took = await Promise.all(Array.from({ length: 16 }, (_, index) => visit(index * pause)))
  const answered = took.filter((ms) => ms !== undefined)
  say(
    'outage-result',
    `${took.length} visits were sent, ${answered.length} were answered. ` +
      `The slowest waited ${(Math.max(0, ...answered) / 1_000).toFixed(1)} seconds.`,
  )
  await showDevices()
})

/**
 * Sends a visit after a while; resolves to how long it took, or to nothing if it failed.
 * @param {number} after in ms
 */
const visit = async (after) => {
  await new Promise((resolve) => setTimeout(resolve, after))
  const item = document.createElement('li')
  element('requests').append(item)
  const startedAt = performance.now()
  const ok = await send('/visits').then(
    (response) => response.ok,
    () => false,
  )
  const ms = performance.now() - startedAt
  item.className = ok ? 'answered' : 'failed'
  item.textContent = ok ? `${(ms / 1_000).toFixed(1)} s` : 'failed'
  return ok ? ms : undefined
}
